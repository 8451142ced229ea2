/* SPDX-License-Identifier: Apache-2.0 */
/* as UID GROUP COMMAND [ARGUMENT...]: run a command as that user, who is in that one more group. */
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    uid_t user = argc > 3 ? (uid_t)atoi(argv[1]) : 0;
    gid_t group = argc > 3 ? (gid_t)atoi(argv[2]) : 0;

    if (user == 0 || setgroups(1, &group) != 0 || setgid(user) != 0 || setuid(user) != 0) {
        perror("as");
        return 126;
    }
    execvp(argv[3], argv + 3);
    perror(argv[3]);
    return 127;
}
