-- SPDX-License-Identifier: Apache-2.0
-- Binary trees, made and forgotten: memory and its collection.
local function grow(depth)
    if depth == 0 then return {} end
    return { grow(depth - 1), grow(depth - 1) }
end
local function check(tree) return tree[1] and 1 + check(tree[1]) + check(tree[2]) or 1 end

local deepest = 10
print("stretched", check(grow(deepest + 1)))
local long_lived = grow(deepest)
for depth = 4, deepest, 2 do
    local rounds, sum = 1 << (deepest - depth + 4), 0
    for _ = 1, rounds do sum = sum + check(grow(depth)) end
    print(rounds, depth, sum)
end
print("long lived", check(long_lived))
