// SPDX-License-Identifier: MIT
// What the module does on an AT command.

#ifndef MODULE_ATCOMMANDS_H
#define MODULE_ATCOMMANDS_H

#include "agent.h"
#include "atport.h"

// Take what has come on a port: echo, commands, answers.
void at_serve(struct at_port *port, struct agent *agent);

#endif
