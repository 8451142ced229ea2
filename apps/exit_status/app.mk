sources  := main.c
features :=
