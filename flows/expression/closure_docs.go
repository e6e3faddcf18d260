package expression

// closureDocs describes the functions over lists. A condition or value for each
// element is written with a dot, .price, or with # for the element itself.
func closureDocs() []FunctionDoc {
	return []FunctionDoc{
		{
			"all", []string{"all(list, condition): bool"},
			"Whether every element fulfils the condition.", "all(items, .price > 20)", "false",
		},
		{
			"any", []string{"any(list, condition): bool"},
			"Whether some element fulfils the condition.", `any(items, .sku == "L1")`, "true",
		},
		{
			"count", []string{"count(list, condition): int"},
			"How many elements fulfil the condition.", "count(items, .price > 20)", "1",
		},
		{
			"filter", []string{"filter(list, condition): [any]"},
			"The elements that fulfil the condition.", "map(filter(items, .price < 20), .sku)", "L2",
		},
		{
			"find", []string{"find(list, condition): any"},
			"The first element that fulfils the condition; when none does it reads as unset.",
			`find(items, .sku == "L2").price`, "12.5",
		},
		{
			"map", []string{"map(list, value): [any]"},
			"A list of one value for each element.", "map(items, .sku)", "L1, L2",
		},
		{
			"none", []string{"none(list, condition): bool"},
			"Whether no element fulfils the condition.", `none(tags, # == "old")`, "true",
		},
		{
			"one", []string{"one(list, condition): bool"},
			"Whether exactly one element fulfils the condition.", "one(items, .price > 20)", "true",
		},
		{
			"sortBy", []string{"sortBy(list, value): [any]", "sortBy(list, value, order: text): [any]"},
			`The elements in the order of a value, or from the last with "desc".`,
			"map(sortBy(items, .price), .sku)", "L2, L1",
		},
		{
			"sum", []string{"sum(list): number", "sum(list, value): number"},
			"The numbers of the list, or a number for each element, added up.", "sum(items, .price)", "42.5",
		},
	}
}
