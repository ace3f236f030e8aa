// SPDX-License-Identifier: MIT
// The sample firmware: says who it is, tests itself, and obeys a shell.

#include "say.h"
#include "selftest.h"
#include "shell.h"

int main(void)
{
    char *none[] = {""};

    say("\nfirmware: version %u\n", firmware_version);
    selftest_tell_image();
    if (cmd_selftest(1, none) != 0) {
        say("firmware: self test failed\n");
        return 1;
    }
    say("firmware: ready\n");
    shell_run();
    return 0;
}
