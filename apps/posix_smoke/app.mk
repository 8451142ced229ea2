sources  := main.c memory.c threads.c time.c
features := symbols
