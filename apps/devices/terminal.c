/* SPDX-License-Identifier: Apache-2.0 */
/* The console as a terminal */
#include "devices.h"
#include <sys/ioctl.h>
#include <termios.h>

static void the_console_is_a_terminal(void)
{
    struct termios was, now;
    struct winsize size;
    char c;
    int fd = open("/dev/console", O_RDWR | O_NOCTTY);

    CHECK(fd >= 0);
    for (int i = 0; i < 3; i++) CHECK(isatty(i));
    CHECK(isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0);
    CHECK(tcgetattr(fd, &was) == 0 && was.c_lflag & ICANON && was.c_lflag & ECHO &&
          was.c_cc[VMIN] == 1 && was.c_cc[VERASE] == 127 && was.c_cc[VEOF] == 4 &&
          (was.c_cflag & CSIZE) == CS8);
    now = was;
    cfmakeraw(&now);
    now.c_cc[VMIN] = 0;
    now.c_cc[VTIME] = 0;
    CHECK(tcsetattr(fd, TCSAFLUSH, &now) == 0 && read(fd, &c, 1) == 0); /* nobody types */
    now.c_cc[VTIME] = 1;
    CHECK(tcsetattr(0, TCSANOW, &now) == 0 && read(0, &c, 1) == 0);
    CHECK(tcgetattr(fd, &now) == 0 && !(now.c_lflag & (ICANON | ECHO)) && now.c_cc[VTIME] == 1);
    CHECK(tcsetattr(fd, TCSADRAIN, &was) == 0 && tcgetattr(0, &now) == 0 &&
          now.c_lflag == was.c_lflag);
    FAILS(lseek(fd, 0, SEEK_SET), ESPIPE);
    FAILS(pread(fd, &c, 1, 0), ESPIPE);
    FAILS(ioctl(fd, TCGETS, BAD), EFAULT);
    FAILS(ioctl(fd, TCSETS, BAD), EFAULT);
    FAILS(ioctl(fd, TIOCGWINSZ, BAD), EFAULT);
    FAILS(ioctl(fd, 0x54ff, &c), ENOTTY);
    FAILS(tcsetattr(fd, 3, &was), EINVAL);
    CHECK(write(fd, "", 0) == 0 && close(fd) == 0);
}

int look_at_keys(void)
{
    char line[100] = "";
    struct termios was, now;
    ssize_t n;

    if (tcgetattr(0, &was) != 0) return 1;
    now = was;
    now.c_lflag &= ~(tcflag_t)ECHO;
    if (tcsetattr(0, TCSAFLUSH, &now) != 0) return 2;
    printf("secret? ");
    fflush(stdout);
    n = read(0, line, sizeof(line));
    printf("[%d bytes: %.*s]\n", (int)n, (int)n - 1, line);
    cfmakeraw(&now);
    now.c_cc[VMIN] = 3;
    if (tcsetattr(0, TCSAFLUSH, &now) != 0) return 3;
    printf("three keys? ");
    fflush(stdout);
    n = read(0, line, 3);
    printf("[%d bytes: %02x %02x %02x]\n", (int)n, line[0], line[1], line[2]);
    if (tcsetattr(0, TCSANOW, &was) != 0) return 4;
    printf("line? ");
    fflush(stdout);
    n = read(0, line, sizeof(line));
    printf("[%d bytes: %.*s]\n", (int)n, (int)n - 1, line);
    return 0;
}

const struct test terminal_tests[] = {
    { "the_console_is_a_terminal", the_console_is_a_terminal },
    { 0 },
};
