-- SPDX-License-Identifier: Apache-2.0
-- Closures, coroutines, metatables, goto, variables that are closed, garbage.

-- closures share variables, each round of a loop has its own
local function counter()
    local n = 0
    return function() n = n + 1 return n end, function() return n end
end
local up, get = counter()
up() up()
print("closures", get(), select("#", up(), get()), up())
local made = {}
for i = 1, 3 do made[i] = function() i = i * 10 return i end end
print(made[1](), made[1](), made[2](), made[3]())

-- varargs
local function tail(...) return select(2, ...) end
print("varargs", tail(1, nil, 3, nil), select("#", tail(1, nil, 3, nil)), select(-1, 1, 2, 3))
print(table.unpack(table.pack(1, nil, 3), 1, 3))

-- coroutines
local function permutations(list, n)
    n = n or #list
    if n <= 1 then coroutine.yield(table.concat(list, " ")) end
    for i = 1, n do
        list[i], list[n] = list[n], list[i]
        permutations(list, n - 1)
        list[i], list[n] = list[n], list[i]
    end
end
for p in coroutine.wrap(function() permutations({ "a", "b", "c" }) end) do io.write(p, "; ") end
print()
local co = coroutine.create(function(a, b)
    local c = coroutine.yield(a + b)
    local d, e = coroutine.yield(c * 2)
    return d .. e, coroutine.isyieldable()
end)
print("coroutines", coroutine.resume(co, 1, 2))
print(coroutine.resume(co, 21))
print(coroutine.resume(co, "x", "y"))
print(coroutine.status(co), coroutine.resume(co))
print(select(2, coroutine.resume(coroutine.create(function() error({ code = 7 }) end))).code)
co = coroutine.wrap(function() print(pcall(function() coroutine.yield(1) error("after") end)) return "end" end)
print(co(), co())
print(select(2, coroutine.resume(coroutine.create(function() return coroutine.running() ~= nil end))))
local many = {}
for i = 1, 2000 do many[i] = coroutine.wrap(function() for j = i, math.huge, 2000 do coroutine.yield(j) end end) end
local sum = 0
for _ = 1, 3 do for i = 1, 2000 do sum = sum + many[i]() end end
print("2000 of them", sum)

-- metatables
local Vector = {}
Vector.__index = Vector
Vector.__name = "Vector"
local function vector(x, y) return setmetatable({ x = x, y = y }, Vector) end
function Vector.__add(a, b) return vector(a.x + b.x, a.y + b.y) end
function Vector.__mul(a, b) return type(a) == "number" and vector(a * b.x, a * b.y) or a.x * b.x + a.y * b.y end
function Vector.__eq(a, b) return a.x == b.x and a.y == b.y end
function Vector.__lt(a, b) return a:norm() < b:norm() end
function Vector.__le(a, b) return a:norm() <= b:norm() end
function Vector.__len(a) return 2 end
function Vector.__call(a, what) return a[what] end
function Vector.__tostring(a) return "(" .. a.x .. "," .. a.y .. ")" end
function Vector.__concat(a, b) return tostring(a) .. tostring(b) end
function Vector.__unm(a) return vector(-a.x, -a.y) end
function Vector.__idiv(a, n) return vector(a.x // n, a.y // n) end
function Vector.__band(a, n) return vector(a.x & n, a.y & n) end
function Vector:norm() return math.sqrt(self.x ^ 2 + self.y ^ 2) end
local v, w = vector(3, 4), vector(1, 2)
print("metatables", tostring(v + w), v * w, tostring(2 * v), v == vector(3, 4), v < w, v >= w, #v, v("x"), v .. w, v:norm())
print(tostring(-v), tostring(v // 2), tostring(v & 1), rawequal(v, vector(3, 4)), rawlen(v))
local seen = {}
local proxy = setmetatable({}, {
    __index = function(_, k) seen[#seen + 1] = "get " .. k return k .. "!" end,
    __newindex = function(_, k, value) seen[#seen + 1] = "set " .. k .. "=" .. tostring(value) end,
    __pairs = function() return function(_, k) k = (k or 0) + 1 if k < 4 then return k, k * k end end end,
})
proxy.a = 1
print(proxy.b, rawget(proxy, "a"), table.concat(seen, ", "))
for k, value in pairs(proxy) do io.write(k, "=", value, " ") end
print()
print(getmetatable(setmetatable({}, { __metatable = "locked" })), pcall(setmetatable, setmetatable({}, { __metatable = 1 }), {}))
local base = setmetatable({}, { __index = setmetatable({ deep = "found" }, { __index = string }) })
print(base.deep, base.rep == string.rep)

-- goto
for i = 1, 3 do
    for j = 1, 3 do
        if j == 2 then goto continue end
        if i == 3 then goto done end
        io.write(i, ":", j, " ")
        ::continue::
    end
end
::done::
print("goto")

-- <close> and <const>
local order = {}
do
    local function closing(name) return setmetatable({}, { __close = function(_, e) order[#order + 1] = name .. ":" .. tostring(e) end }) end
    local a <close> = closing("a")
    local b <close> = closing("b")
    local c <const> = "c"
    order[#order + 1] = c
    pcall(function() local d <close> = closing("d") error("why", 0) end)
end
print("close", table.concat(order, " "))

-- garbage
local weak = setmetatable({}, { __mode = "k" })
local strong = {}
for i = 1, 100 do weak[{}] = i end
weak[strong] = "kept"
local ended = 0
for _ = 1, 50 do setmetatable({}, { __gc = function() ended = ended + 1 end }) end
collectgarbage() collectgarbage()
local left = 0
for _ in pairs(weak) do left = left + 1 end
print("garbage", left, weak[strong], ended, collectgarbage("count") > 10)
print(collectgarbage("generational"), collectgarbage("incremental"))
for i = 1, 200 do local t = {} for j = 1, 200 do t[j] = { i, j, tostring(i * j) } end end
collectgarbage()
print(collectgarbage("isrunning"), collectgarbage("step", 0) ~= nil)

-- loops and integers
local steps = {}
for i = 10, 1, -3 do steps[#steps + 1] = i end
for i = math.maxinteger - 1, math.maxinteger do steps[#steps + 1] = i end
for x = 1.0, 2, 0.5 do steps[#steps + 1] = x end
print("loops", table.concat(steps, " "))
print(pcall(function() for i = 1, 10, 0 do end end))

-- code from text
local env = { print = print }
print("load", load("x = 5; return x * 2", "=chunk", "t", env)(), env.x, x)
print(load("return +", "=broken"))
print(load("goto nowhere", "=broken"))
print(load(string.dump(load("local a = ... return a + 1")), "b", "b")(41))
local pieces = { "return ", "1", "+", "2" }
print(load(function() return table.remove(pieces, 1) end)())
