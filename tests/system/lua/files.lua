-- SPDX-License-Identifier: Apache-2.0
-- io, os, require.
local name = os.tmpname()
print("tmpname", name:match("^/tmp/lua_%w+$") ~= nil)

local file = assert(io.open(name, "w"))
print(io.type(file), io.type(io.stdout), io.type(42), file:seek("cur"))
print(file:write("one\n", 2, " ", 3.5, "\n", "no end of line") == file, file:seek("cur"), file:seek("set", 4), file:seek("end"))
print(file:close(), io.type(file), pcall(file.write, file, "x"))
for line in io.lines(name) do io.write("<", line, ">") end
print()
for line in io.lines(name, "L") do io.write(line) end
print()
for a, b in io.lines(name, 1, 2) do io.write(a, "|", b or "nil", " ") end
print()
file = io.open(name)
print(file:read("l", "n", "n", "a"))
print(file:read("a"), file:read("l"), file:read(0), file:read("n"))
print(file:seek("set", 1), file:read(0), file:read(3), file:write("x") == nil)
file:close()

file = io.open(name, "a+")
file:write("\nappended")
file:seek("set")
print(#file:read("a"))
file:close()
file = io.open(name, "r+")
file:write("ONE")
file:seek("set")
print(file:read("L"))
print(file:setvbuf("full", 1024), file:flush() == file)
file:close()
file = io.open(name, "wb")
local all = {}
for i = 0, 255 do all[#all + 1] = string.char(i) end
all = table.concat(all):rep(1000)
file:write(all)
file:close()
file = io.open(name, "rb")
print("binary", file:read("a") == all, file:seek("end"))
file:close()

print(os.rename(name, name .. ".new"), io.open(name), os.rename(name, name .. ".other"))
io.output(name)
io.write("default output")
io.close()
io.output(io.stdout)
io.input(name)
print(io.read("a"))
io.close(io.input())
io.input(io.stdin)
print(os.remove(name), os.remove(name .. ".new"), (os.remove(name)))
print(io.open("/nowhere/at/all", "w"))
print(pcall(io.lines, "/nowhere/at/all"))
print(pcall(io.open, FOLDER, "rw"))
print(select(3, io.open("/tmp", "w")))
do
    local scratch = io.tmpfile()
    scratch:write("scratch")
    scratch:seek("set")
    print(scratch:read("a"), scratch:close())
end

print(os.getenv("NO_SUCH_VARIABLE"), type(os.getenv("PATH") or ""), os.setlocale(), os.setlocale("C"))
print(os.date("!%Y-%m-%d %H:%M:%S", 86400 * 365), os.date("!%A %B %j %p %y", 0), os.time({ year = 2026, month = 11, day = 22, hour = 12 }) % 3600)
local when = os.date("!*t", 1000000000)
print(when.year, when.month, when.day, when.hour, when.min, when.sec, when.wday, when.yday, when.isdst)
print(pcall(os.date, "%Ez", 0), pcall(os.time, { year = 2026 }), os.difftime(10, 4))
local t = os.time({ year = 2024, month = 14, day = -3 })
print(os.date("%Y-%m-%d", t))
local began = os.clock()
repeat local now = os.clock() until now > began
print("clock", os.clock() > began, os.time() > 1700000000)

print(require("greet").hello("modules"), require("greet") == package.loaded.greet)
local ok, why = pcall(require, "no_such_module")
print(ok, why:match("^[^\n]+"), why:find("no field package.preload['no_such_module']", 1, true) ~= nil)
package.preload.made_up = function(n) return "preloaded " .. n end
print(require("made_up"))
print(package.searchpath("greet", "/none/?.lua;" .. FOLDER .. "?.lua") == FOLDER .. "greet.lua", (package.searchpath("a.b", "/x/?.lua")))
