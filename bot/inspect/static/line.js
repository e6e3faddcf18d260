// The line to parley inspect: the token, requests, and the stream of webhooks.

const key = "parley-inspect-token";

// token comes with the address that was printed, where no server sees it, and is
// kept for the next time.
function token() {
  const given = location.hash.slice(1);
  if (given) {
    localStorage.setItem(key, given);
    history.replaceState(null, "", location.pathname);
  }
  return localStorage.getItem(key) || "";
}

// Refused: the token is that of another run.
export class Refused extends Error {}

async function ask(path, options = {}) {
  const answer = await fetch(path, {
    ...options, cache: "no-store",
    headers: { Authorization: "Bearer " + token(), ...options.headers },
  });
  if (answer.status === 401) throw new Refused("This page belongs to another run of parley inspect. Open the address that it printed.");
  if (!answer.ok) throw new Error((await answer.text()).trim() || "It answered " + answer.status + ".");
  return answer;
}

export async function detail(n) {
  return (await ask("api/webhooks/" + n)).json();
}

// replay sends webhooks again; how is "", "resign" or "fresh".
export async function replay(numbers, how) {
  const answer = await ask("api/replay", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ numbers, [how || "same"]: true }),
  });
  return answer.json();
}

// follow calls take with each event of the stream, and say with "on", "off" or an
// error that ends it.
export async function follow(take, say) {
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try {
      const answer = await ask("api/webhooks");
      say("on");
      wait = 500;
      await read(answer.body.pipeThrough(new TextDecoderStream()).getReader(), take);
    } catch (e) {
      if (e instanceof Refused) return say("off", e);
    }
    say("off");
    await new Promise((done) => setTimeout(done, wait));
  }
}

async function read(stream, take) {
  for (let rest = ""; ; ) {
    const { value, done } = await stream.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      if (part.startsWith("data: ")) take(JSON.parse(part.slice(6)));
    }
  }
}
