// SPDX-License-Identifier: MIT
// Any bytes as a package that somebody sends to a project of samples/platform.
// The first byte chooses what the project demands, and whether digests and
// signature are put right.

#include "packagecheck.h"
#include "target.h"
#include "utf8.h"

#define AREA_SIZE 320u
#define VERSION "1.1.0"

static bool is_clean(const char *text)
{
    bool is_valid = utf8_is_valid(text, strlen(text));

    for (; *text != 0; text++) {
        is_valid = is_valid && (unsigned char)*text >= ' ' && *text != 0x7f;
    }
    return is_valid;
}

static const char *pem_of(const struct dfp_key *key)
{
    static const uint8_t head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A,
                                   0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06,
                                   0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03,
                                   0x01, 0x07, 0x03, 0x42, 0x00};
    static char pem[256];
    uint8_t der[sizeof(head) + sizeof(key->point)];

    memcpy(der, head, sizeof(head));
    memcpy(der + sizeof(head), key->point, sizeof(key->point));
    require(br_pem_encode(NULL, NULL, sizeof(der), "PUBLIC KEY", 0) <
                sizeof(pem),
            "room for a key");
    br_pem_encode(pem, der, sizeof(der), "PUBLIC KEY", 0);
    return pem;
}

static void fuzz_project(const struct package_demands *demands,
                         const uint8_t *package, size_t size)
{
    char reason[PACKAGE_REASON_SIZE] = "";
    struct delta_info info;
    struct delta_info again;
    struct delta_key key;
    struct delta_error error;

    if (!package_check(demands, package, size, &info, reason)) {
        require(strnlen(reason, sizeof(reason)) < sizeof(reason) &&
                    reason[0] != 0 && is_clean(reason),
                "a refusal has a reason");
        return;
    }
    require(delta_inspect(&again, package, size, &error) == DELTA_OK,
            "it is whole");
    require(info.package_size == size && size <= demands->area_size, "it fits");
    require(demands->product == NULL ||
                strcmp(info.product, demands->product) == 0,
            "it is for the product");
    require(info.to_version[0] == 0 || strcmp(info.to_version, VERSION) == 0,
            "it leads to the version");
    if (demands->public_key != NULL) {
        require(delta_key_read(&key, demands->public_key,
                               strlen(demands->public_key), &error) == DELTA_OK,
                "a key");
        require(info.is_signed &&
                    memcmp(info.key_id, key.id, sizeof(key.id)) == 0 &&
                    memcmp(key.point, case_key.point, sizeof(key.point)) == 0,
                "it is signed by the only key that signs");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct image old_image;

    if (size < 2) {
        return 0;
    }
    if (old_image.data == NULL) {
        old_image = target_old_image();
    }
    const struct package_demands demands = {
        .product = (data[0] & 1) != 0 ? CASE_PRODUCT : NULL,
        .public_key = (data[0] & 2) == 0   ? NULL
                      : (data[0] & 4) != 0 ? pem_of(&case_other_key)
                                           : pem_of(&case_key),
        .area_size = (data[0] & 8) != 0 ? AREA_SIZE : 65536,
        .version = VERSION,
    };
    struct image package = image_copy(data + 1, (uint32_t)size - 1);

    require(package.data != NULL, "memory");
    if ((data[0] & 16) != 0) {
        (void)reseal_package(package.data, package.size, &old_image);
    }
    fuzz_project(&demands, package.data, package.size);
    image_free(&package);
    return 0;
}
