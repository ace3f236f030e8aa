// SPDX-License-Identifier: MIT
// Whether a package is of the images that are here.

#include "packageimages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "delta_parts.h"

struct checking {
    struct db_conn *c;
    const struct blobs *blobs;
    const struct package_images *images;
    char *reason;
};

static void put_hex(char hex[BLOB_NAME_SIZE], const unsigned char digest[32])
{
    for (size_t i = 0; i < 32; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
}

// The digest of what the flash holds: a file may be ELF or HEX. False when it
// cannot be read.
static bool digest_of_image(const struct blobs *blobs, const char *name,
                            char hex[BLOB_NAME_SIZE])
{
    struct delta_image image = {0};
    br_sha256_context hash;
    unsigned char digest[br_sha256_SIZE];
    uint64_t size = 0;
    char *data = NULL;
    int fd;

    if (blob_read(blobs, name, &fd, &size) == BLOB_OK) {
        data = blob_load(fd, size);
        close(fd);
    }
    bool ok =
        data != NULL && delta_image_read(&image, data, (size_t)size,
                                         DELTA_FILE_AUTO, NULL) == DELTA_OK;
    if (ok) {
        br_sha256_init(&hash);
        br_sha256_update(&hash, image.data, image.size);
        br_sha256_out(&hash, digest);
        put_hex(hex, digest);
        delta_image_free(&image);
    }
    free(data);
    return ok;
}

// The image of a version against the one that the package means.
static enum db_status check_image(const struct checking *k, const char *version,
                                  bool is_new, const struct delta_info *info)
{
    char name[BLOB_NAME_SIZE];
    char here[BLOB_NAME_SIZE] = "";
    char meant[BLOB_NAME_SIZE];
    enum db_status status = db_query_text(
        k->c, name, sizeof(name),
        "SELECT i.sha256 FROM images i JOIN firmware f ON f.project_id = "
        "i.project_id AND f.firmware_name = i.firmware_name WHERE f.id = $1 "
        "AND i.version = $2 AND i.part = $3",
        DB_WITH(db_int(k->images->firmware_id), db_text(version),
                db_int(info->part_id)));

    put_hex(meant, is_new ? info->new_sha256 : info->old_sha256);
    if (status == DB_OK && name[0] != 0 && strcmp(name, meant) != 0 &&
        digest_of_image(k->blobs, name, here) && strcmp(here, meant) != 0) {
        const char *text =
            is_new ? "it leads to another image than the one of %s that is "
                     "here (found %.16s, expected %.16s)"
                   : "it is made from another image than the one of %s that "
                     "is here (found %.16s, expected %.16s)";

        snprintf(k->reason, PACKAGE_REASON_SIZE, text, version, meant, here);
    }
    return status;
}

static enum db_status check_part(const struct checking *k,
                                 const struct delta_info *info)
{
    enum db_status status = DB_OK;

    if (info->unmanaged_bytes > 0) {
        return DB_OK;
    }
    if (info->old_size > 0) {
        status = check_image(k, k->images->from, false, info);
    }
    return status == DB_OK && k->reason[0] == 0
               ? check_image(k, k->images->to, true, info)
               : status;
}

enum db_status package_check_images(struct db_conn *c,
                                    const struct blobs *blobs,
                                    const struct package_images *images,
                                    const void *package, size_t size,
                                    char reason[PACKAGE_REASON_SIZE])
{
    struct checking checking = {c, blobs, images, reason};
    struct delta_info info;
    enum db_status status = DB_OK;

    reason[0] = 0;
    for (size_t i = 0;
         status == DB_OK && reason[0] == 0 &&
         delta_inspect_part(&info, package, size, i, NULL) == DELTA_OK;
         i++) {
        status = check_part(&checking, &info);
    }
    return status;
}
