-- SPDX-License-Identifier: Apache-2.0
-- A module, for files.lua
print("greet is loaded as", (...))
return { hello = function(who) return "hello " .. who end }
