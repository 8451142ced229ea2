/* SPDX-License-Identifier: Apache-2.0 */
/* A program that is run several times in one boot: its commands stand behind each other, with a comma
 * as a word between one and the next. Each begins with a name, as argv[0]; copy and same are ours. The
 * exit status is that of the first that failed. */
#include <stdio.h>
#include <string.h>

#undef main
int program_main(int argc, char **argv);

static int copy(const char *from, const char *to)
{
    FILE *in = fopen(from, "rb"), *out = in == NULL ? NULL : fopen(to, "wb");
    int c;

    if (out == NULL) return 1;
    while ((c = getc(in)) != EOF) putc(c, out);
    c = ferror(in) || ferror(out);
    fclose(in);
    return fclose(out) != 0 || c;
}

static int same(const char *one, const char *other)
{
    FILE *a = fopen(one, "rb"), *b = a == NULL ? NULL : fopen(other, "rb");
    int c;

    if (b == NULL) return 1;
    while ((c = getc(a)) == getc(b) && c != EOF) {}
    c = c != EOF || !feof(b) || ferror(a) || ferror(b);
    fclose(a);
    fclose(b);
    return c;
}

static int run(int argc, char **argv)
{
    int status;

    if (argc == 3 && strcmp(argv[0], "copy") == 0) status = copy(argv[1], argv[2]);
    else if (argc == 3 && strcmp(argv[0], "same") == 0) status = same(argv[1], argv[2]);
    else status = program_main(argc, argv);
    printf("%s: status %d\n", argv[0], status);
    return status;
}

int main(int argc, char **argv)
{
    int status = 0;

    for (int first = 1, i = 1; i <= argc && status == 0; i++) {
        if (i < argc && strcmp(argv[i], ",") != 0) continue;
        argv[i] = NULL;
        if (i > first) status = run(i - first, argv + first);
        first = i + 1;
    }
    return status;
}
