-- SPDX-License-Identifier: Apache-2.0
-- How often letters follow each other in a text by chance: strings as keys of tables.
local seed = 42
local function chance(n)
    seed = (seed * 3877 + 29573) % 139968
    return seed * n // 139968 + 1
end
local pieces = {}
for i = 1, 12000 do
    local at = chance(10)
    pieces[i] = ("aaacccgggt"):sub(at, at)
end
local text = table.concat(pieces)

for _, length in ipairs({ 1, 2 }) do
    local counts, keys = {}, {}
    for i = 1, #text - length + 1 do
        local key = text:sub(i, i + length - 1)
        if not counts[key] then keys[#keys + 1] = key end
        counts[key] = (counts[key] or 0) + 1
    end
    table.sort(keys, function(a, b) return counts[a] > counts[b] or counts[a] == counts[b] and a < b end)
    for _, key in ipairs(keys) do print(string.format("%s %.3f", key:upper(), counts[key] * 100 / (#text - length + 1))) end
end
for _, key in ipairs({ "ggt", "ggta", "ggtatt", "ggtattttaatt" }) do
    local count, at = 0, text:find(key, 1, true)
    while at do count, at = count + 1, text:find(key, at + 1, true) end
    print(count, key:upper())
end
print(#text:gsub("a+", "A"), select(2, text:gsub("gg*t", "")))
