// SPDX-License-Identifier: MIT
// Random secrets, and passwords.

#ifndef PLATFORM_SECRET_H
#define PLATFORM_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#define SECRET_SIZE 65u // 64 hex digits, 256 bits, and the end
#define PASSWORD_HASH_SIZE 128u
#define PASSWORD_LEAST 10u // characters
#define PASSWORD_MOST 200u

// False when the system has no randomness.
bool secret_make(char secret[SECRET_SIZE]);

// SHA-256 of a text, in hex: what is kept of secrets.
void secret_hash(char hash[SECRET_SIZE], const char *secret);

// Argon2id (RFC 9106) with 19 MiB and two passes; one at a time, so that many
// logins take no more memory than one.
bool password_hash(char hash[PASSWORD_HASH_SIZE], const char *password);
bool password_is(const char *hash, const char *password);

// Takes as long as password_is: for names that nobody has.
void password_waste(const char *password);

#endif
