// SPDX-License-Identifier: MIT
// Random secrets, and passwords.

#define _DEFAULT_SOURCE // getrandom

#include "secret.h"

#include <argon2.h>
#include <bearssl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define PASSES 2u
#define KIBIBYTES 19456u
#define SALT_SIZE 16u
#define HASH_SIZE 32u

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static void put_hex(char *text, const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
}

bool secret_make(char secret[SECRET_SIZE])
{
    unsigned char bytes[SECRET_SIZE / 2];

    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
        return false;
    }
    put_hex(secret, bytes, sizeof(bytes));
    return true;
}

void secret_hash(char hash[SECRET_SIZE], const char *secret)
{
    unsigned char digest[br_sha256_SIZE];
    br_sha256_context context;

    br_sha256_init(&context);
    br_sha256_update(&context, secret, strlen(secret));
    br_sha256_out(&context, digest);
    put_hex(hash, digest, sizeof(digest));
}

bool password_hash(char hash[PASSWORD_HASH_SIZE], const char *password)
{
    unsigned char salt[SALT_SIZE];

    if (getrandom(salt, sizeof(salt), 0) != (ssize_t)sizeof(salt)) {
        return false;
    }
    pthread_mutex_lock(&one_at_a_time);
    int result = argon2id_hash_encoded(PASSES, KIBIBYTES, 1, password,
                                       strlen(password), salt, sizeof(salt),
                                       HASH_SIZE, hash, PASSWORD_HASH_SIZE);
    pthread_mutex_unlock(&one_at_a_time);
    return result == ARGON2_OK;
}

bool password_is(const char *hash, const char *password)
{
    pthread_mutex_lock(&one_at_a_time);
    int result = argon2id_verify(hash, password, strlen(password));
    pthread_mutex_unlock(&one_at_a_time);
    return result == ARGON2_OK;
}

void password_waste(const char *password)
{
    char hash[PASSWORD_HASH_SIZE];

    (void)password_hash(hash, password);
}
