package spec
import ("testing";"strings";"time";"fmt";"bytes")
func TestZZ(t *testing.T){
 n:=MaxFile
 for name,u:=range map[string]string{"flowitems":"[a, ","items":"{a: b}, ","brackets":"[","parens":"((","quotes":"\"\\","dash":"- ","qlines":"a: 'x\n","lines":"- a: b\n","comments":"# a\n","cm2":"a: b # c\n","hash":"#","keys":"a: ","flowq":"a?, ","flowinterp":"${ a, ","bang":"!a, ","amp":"&a ","star":"*a, ","colon":"a:b, ","blk":"a: |\n b\n","qm":"? ","nest":"{a: {","inc":"", "anchors":"- &a b\n","tabs":"\t- a\n","esc":"\"\\q\" ", "spaces":"  ", "multi":"a\n"} {
  for _,wrap:=range []string{"%s","x: [%s]\n","x: {%s}\n","x: \"%s"} {
  body:=strings.Repeat(u,1); if u!="" { body=strings.Repeat(u,(n-20)/len(u)) }
  if name=="inc" { var b strings.Builder; for i:=0;i<1000;i++{ b.WriteString(strings.Repeat(" ",i)+"a:\n")}; body=b.String()}
  src:=fmt.Sprintf(wrap,body)
  s:=time.Now(); r:=NewReport(); nd:=Parse(r,"f",[]byte(src)); if nd!=nil { testGrammar().decode(r,nd)}; d1:=time.Since(s); s=time.Now(); var b bytes.Buffer; r.Text(&b,false); d2:=time.Since(s)
  if d1+d2>300*time.Millisecond { fmt.Println(name,wrap,d1,d2,len(r.Diagnostics()), b.Len()) }
 }}
}
