-- SPDX-License-Identifier: Apache-2.0
-- Strings, patterns, numbers, tables, utf8.

-- patterns
print(("hello world"):find("o w"), ("hello world"):find("l+"), ("a.b"):find(".", 1, true), ("abc"):find("b", -1))
print(("key = value"):match("^(%w+)%s*=%s*(%w+)$"))
print(("  trim me  "):match("^%s*(.-)%s*$") .. "|")
print(("2026-11-22"):match("(%d+)-(%d+)-(%d+)"))
print(("THE (quick) fox"):find("%((%a+)%)"), ("f(a(b)c)d"):match("%b()"), ("THE (quick) fox"):gsub("%f[%a]%a+", string.lower))
print(("abc"):gsub("", "-"), ("hello"):gsub("l", { l = "L" }), ("hello"):gsub("(l)(.)", "%2%1"), ("abc"):gsub("%w", "%0%0", 2))
print(("x = $var + $other"):gsub("%$(%w+)", { var = 10 }))
for k, v in ("a=1, b=2, c=3"):gmatch("(%w+)=(%w+)") do io.write(k, "->", v, " ") end
for at in ("aXbX"):gmatch("()X") do io.write(at, " ") end
print()
print(pcall(string.find, "a", "[a"), pcall(string.gsub, "a", "(a", ""), pcall(string.rep, "x", -1))
print(("x"):rep(3, ","), ("abc"):reverse(), ("abc"):byte(1, -1), string.char(72, 105), ("AbC"):lower(), ("AbC"):upper(), ("abcdef"):sub(-3, -2))

-- format
print(string.format("[%5d] [%-5d] [%05d] [%+d] [%x] [%X] [%#x] [%o] [%c]", 42, 42, 42, 42, 255, 255, 255, 8, 65))
print(string.format("[%8.3f] [%-8.2f] [%e] [%g] [%g] [%.3g] [%a]", math.pi, math.pi, 12345.678, 1e20, 0.1, 1234567, 1.0))
print(string.format("[%s] [%10s] [%-10s] [%.2s] [%q] [%%] [%i]", "str", "right", "left", "cut", 'q"\n\0\\', 7))
print(string.format("%q %q %q %q", 1 / 3, math.mininteger, 1 / 0, 255), pcall(string.format, "%d", 1.5))
print(string.format("%.99f", 1 / 3):sub(1, 60), pcall(string.format, "%y", 1), (pcall(string.format, "%d")))

-- numbers
print(1, 1.0, -0.0, 1e15, 1e16, 2 ^ 53, 2 ^ 63, 1e100, 0x10, 0xA.8p1, 0x.1p4, 3 // 2, 3.0 // 2, -3 // 2, 3 % -2, -3 % 2, 5.5 % 2, 1e308 * 10, -1e308 * 10)
print(math.maxinteger, math.mininteger, math.maxinteger + 1 == math.mininteger, math.maxinteger * 2, 1 // 0.0, 0 / 0 ~= 0 / 0)
print(pcall(function() return 1 // 0 end))
print(pcall(function() return 1 % 0 end))
print(7 & 3, 7 | 8, 7 ~ 2, ~0, 1 << 63, 1 << 64, -1 >> 60, "10" + 5, "0x10" * 2, "3" // 1, 10 .. 20)
print(pcall(function() return 1.5 | 1 end))
print(pcall(function() return "a" + 1 end))
print(math.type(1), math.type(1.0), math.type("1"), math.tointeger(3.0), math.tointeger(3.5), math.tointeger("8"), tostring(3) == "3")
print(tonumber("  12  "), tonumber("1e1"), tonumber("0x1p4"), tonumber("z", 36), tonumber("777", 8), tonumber("8", 8), tonumber(""), tonumber("1 2"))
print(math.floor(-3.5), math.ceil(-3.5), math.fmod(-5, 3), math.fmod(5.5, 2), math.modf(3.7), math.modf(-1 / 0), math.abs(math.mininteger), math.ult(1, -1))
print(math.max(1, 2.5), math.min(3, -1), math.huge, -math.huge, math.sqrt(2), math.exp(1), math.log(10), math.log(8, 2), math.log(100, 10))
for _, f in ipairs({ "sin", "cos", "tan", "asin", "acos", "atan" }) do io.write(string.format("%s %.12f ", f, math[f](0.5))) end
print()
math.randomseed(42)
local a, b = math.random(1000), math.random()
math.randomseed(42)
print(a == math.random(1000), b == math.random(), b >= 0 and b < 1, math.random(5, 5), pcall(math.random, 2, 1))
print(1 < 1.5, 1 == 1.0, math.maxinteger < math.huge, math.maxinteger + 0.0 == math.maxinteger, 2 ^ 53 == 2 ^ 53 + 1, "a" < "b", "Z" < "a")
print(pcall(function() return 1 < "2" end))

-- pack
local packed = string.pack("<i4 >i2 =z s1 d", -2, 258, "zero", "len", 0.5)
print(#packed, string.unpack("<i4 >i2 =z s1 d", packed))
print(string.pack(">I3", 0x010203):byte(1, -1))
print(string.packsize("i4 i8"), pcall(string.unpack, "i4", "abc"), pcall(string.pack, "i1", 300))

-- tables
local t = { 5, 2, 8, 1, 9 }
table.sort(t)
print(table.concat(t, " "))
table.sort(t, function(x, y) return x > y end)
print(table.concat(t, " ", 2, 4), #t, table.remove(t), table.remove(t, 1), table.concat(t, ","))
table.insert(t, 1, "first") table.insert(t, "last")
print(table.concat(t, ","), table.concat(table.move(t, 2, 4, 1, {}), ","), next({}), #"", select("#", table.unpack({}, 1, 3)))
print(pcall(table.insert, t, 99, 1), pcall(table.concat, { {} }), pcall(table.sort, { 3, 1, "x" }))
local big = {}
for i = 1, 20000 do big[i] = (i * 7919) % 20011 end
table.sort(big)
local sorted = true
for i = 2, #big do sorted = sorted and big[i - 1] <= big[i] end
print("sorted", sorted, #big, big[1], big[20000])
local keys = {}
for k in pairs({ x = 1, y = 2, [1] = 3, [2.5] = 4, [true] = 5 }) do keys[#keys + 1] = tostring(k) end
table.sort(keys)
print(table.concat(keys, " "))

-- utf8
print(utf8.char(72, 228, 8364, 128151), utf8.len("häß€💗"), #"häß€💗", utf8.codepoint("€", 1), utf8.offset("aäb", 3), utf8.len("\xff"))
for at, code in utf8.codes("aß€") do io.write(at, ":", code, " ") end
print(("aß€"):gsub(utf8.charpattern, "<%0>"))
print(pcall(utf8.codepoint, "\xff"), "\u{48}\x49\74\z
      end", [[
long]], [==[a]]b]==])
