sources  := main.c
features := symbols
