// SPDX-License-Identifier: MIT
// The texts of --help and --version.

#include "help.h"

#include <stdio.h>

static const char tool_text[] =
    "mkdfota - make delta packages for firmware updates\n"
    "\n"
    "Usage:\n"
    "  mkdfota [make] OLD NEW [OLD NEW ...] -o PACKAGE [option ...]\n"
    "  mkdfota apply OLD [OLD ...] PACKAGE -o NEW [-o NEW ...]\n"
    "                [--key PUBLIC_PEM]\n"
    "  mkdfota info PACKAGE [--json]\n"
    "  mkdfota verify PACKAGE [--old OLD] [--new NEW] [--key PUBLIC_PEM]\n"
    "  mkdfota sign PACKAGE --key PEM -o OUT\n"
    "  mkdfota explain OLD NEW [--html FILE | --json]\n"
    "  mkdfota COMMAND --help\n"
    "  mkdfota --version\n"
    "\n"
    "Images are raw, ELF, Intel HEX, S-record, UF2, ESP or MCUboot files.\n"
    "Options may stand anywhere, -- ends them. The file - is stdin or stdout.\n"
    "\n"
    "Exit status: 0 done, 1 an input or package is refused, 2 wrong usage,\n"
    "3 input/output or resources, 4 internal error.\n"
    "\n"
    "Examples:\n"
    "  mkdfota v1.bin v2.bin -o dfota.bin\n"
    "  mkdfota v1.bin v2.bin -o dfota.bin --key private.pem --counter 7\n"
    "  mkdfota apply v1.bin dfota.bin -o made.bin --key public.pem\n"
    "  mkdfota info dfota.bin\n"
    "  mkdfota explain v1.elf v2.elf --html sizes.html\n";

static const char make_text[] =
    "Usage: mkdfota [make] OLD NEW [OLD NEW ...] -o PACKAGE [option ...]\n"
    "\n"
    "Makes the package that turns the image OLD into the image NEW. Before\n"
    "this succeeds the patcher has applied it and the result was compared.\n"
    "More pairs, up to eight, are more parts of the package: images of one\n"
    "module that are updated together or not at all. An OLD that is empty\n"
    "(/dev/null) makes a full image, which goes onto any; so does a part of\n"
    "which no delta is smaller.\n"
    "\n"
    "  -o, --output FILE       the package; - is stdout\n"
    "  --codec range|deflate   range: smallest packages (default);\n"
    "                          deflate: for modules with inflate in ROM\n"
    "  --ram SIZE              all work memory of the patcher, default 16K;\n"
    "                          bytes, 16K, 16KiB, 1M or 0x4000\n"
    "  --base ADDR             load address of both images, 0x... or decimal;\n"
    "                          default: what the files say, or found in them\n"
    "  --arch ARCH             architecture of both: none, thumb, a32, a64, "
    "riscv,\n"
    "                          xtensa, avr, big-endian (pointers only), or "
    "auto\n"
    "                          (default): what the files say, or found in "
    "them\n"
    "  --format FORMAT         of OLD and NEW: raw, elf, ihex, srec, uf2, "
    "esp,\n"
    "                          mcuboot, or auto (default)\n"
    "  --in-place              for a module with one slot: the new image\n"
    "                          overwrites the old one, whatever power cuts\n"
    "  --scratch SIZE          of the area that keeps old blocks meanwhile,\n"
    "                          default 64K: more of it, smaller packages\n"
    "  --erase-block SIZE      of slot and scratch area, default 4K\n"
    "  --minimize size|wear    size: the smallest package (default); wear: "
    "the\n"
    "                          fewest bytes programmed to flash, those of the\n"
    "                          package included\n"
    "  --key PEM               sign with this private key (ECDSA P-256)\n"
    "  --product ID            only modules of this product take the package\n"
    "  --from-version V        texts for people, 1 to 64 bytes\n"
    "  --to-version V\n"
    "  --counter N             security counter, 0 to 4294967295, default 0;\n"
    "                          modules refuse packages with a lower one\n"
    "  --part-ids ID,...       by which the module knows the parts, ascending,\n"
    "                          0 to 255; default 0,1,...\n"
    "  --unmanaged [ID:]START-END\n"
    "                          bytes of a part, END not included, that are the\n"
    "                          module's own: they stay as they are there; may be\n"
    "                          given several times\n"
    "  -1 .. -9                fast .. small, default -6\n"
    "  -j, --threads N         at most so many, default one for each "
    "processor;\n"
    "                          the package is the same whatever the number\n"
    "  -f, --force             overwrite PACKAGE, or write to a terminal\n"
    "  -q, --quiet             print errors only\n"
    "  -v, --verbose           explain what was found and chosen\n"
    "\n"
    "Examples:\n"
    "  mkdfota v1.bin v2.bin -o dfota.bin\n"
    "  mkdfota make v1.bin v2.bin -o dfota.bin --ram 24K -9 -v\n"
    "  mkdfota v1.bin v2.bin -o dfota.bin --codec deflate --base 0x8004000\n"
    "  mkdfota v1.bin v2.bin -o dfota.bin --key private.pem \\\n"
    "      --product acme-7 --from-version 1.4 --to-version 1.5 --counter 7\n"
    "  mkdfota v1.bin v2.bin -o dfota.bin --in-place --scratch 128K \\\n"
    "      --erase-block 64K\n"
    "  mkdfota core1.bin core2.bin app1.bin app2.bin -o dfota.bin \\\n"
    "      --unmanaged 0:0x1000-0x1400\n"
    "  unzip -p new.zip fw.bin | mkdfota v1.bin - -o dfota.bin\n";

static const char apply_text[] =
    "Usage: mkdfota apply OLD [OLD ...] PACKAGE -o NEW [-o NEW ...]\n"
    "                     [--key PUBLIC_PEM ...]\n"
    "\n"
    "Applies PACKAGE to the image OLD with the code that runs on the module.\n"
    "A package of several parts takes and makes an image for each, in its\n"
    "order. A full image needs no OLD: /dev/null will do.\n"
    "\n"
    "  -o, --output FILE   the new image; - is stdout; once for each part\n"
    "  --key PUBLIC_PEM    accept only packages signed with this key; up to\n"
    "                      eight times\n"
    "  --format FORMAT     of OLD, as for make; NEW is always raw\n"
    "  --in-place          refuse packages that are for two slots. One in\n"
    "                      place is applied to a copy of OLD\n"
    "  -f, --force         overwrite NEW, or write to a terminal\n"
    "  -q, --quiet         print errors only\n"
    "\n"
    "Examples:\n"
    "  mkdfota apply v1.bin dfota.bin -o made.bin\n"
    "  mkdfota apply v1.bin dfota.bin -o made.bin --key public.pem\n"
    "  cat dfota.bin | mkdfota apply v1.bin - -o made.bin\n";

static const char info_text[] =
    "Usage: mkdfota info PACKAGE [--json]\n"
    "\n"
    "Prints what PACKAGE says of itself and checks every digest in it. The\n"
    "signature takes a key: see mkdfota verify. With a damaged chunk the\n"
    "description is printed and the exit status is 1.\n"
    "\n"
    "  --json   one JSON object: package_size, format_version, features,\n"
    "           intact, from and to {size, sha256, version}, codec,\n"
    "           codec_version, ram, mode, in_place {backwards, block_size,\n"
    "           scratch_blocks, epoch_blocks, kept_blocks}, arch, base,\n"
    "           new_base, product, counter, signed, key_id, chunk_size,\n"
    "           chunks, map_entries, overhead; sizes and addresses are\n"
    "           integers, absent texts null, and in_place for two slots;\n"
    "           parts, one object for each: id, from, to, codec,\n"
    "           codec_version, in_place, arch, base, new_base, map_entries,\n"
    "           stream_size, unmanaged_bytes; what is above is of the first\n"
    "\n"
    "Examples:\n"
    "  mkdfota info dfota.bin\n"
    "  mkdfota info dfota.bin --json | jq .ram\n";

static const char verify_text[] =
    "Usage: mkdfota verify PACKAGE [--old OLD] [--new NEW]\n"
    "                      [--key PUBLIC_PEM ...]\n"
    "\n"
    "Checks PACKAGE as far as the files given allow: of several parts --old\n"
    "and --new are given once for each, in their order.\n"
    "\n"
    "  (always)           all digests\n"
    "  --old OLD          it was made for OLD and can be applied\n"
    "  --new NEW          NEW is what it makes\n"
    "  --key PUBLIC_PEM   it is signed with this key; up to eight times, one\n"
    "                     of them suffices\n"
    "  --format FORMAT    of OLD and NEW, as for make\n"
    "  -q, --quiet        print errors only\n"
    "\n"
    "Examples:\n"
    "  mkdfota verify dfota.bin\n"
    "  mkdfota verify dfota.bin --old v1.bin --new v2.bin --key public.pem\n";

static const char sign_text[] =
    "Usage: mkdfota sign PACKAGE --key PEM -o OUT\n"
    "       mkdfota sign PACKAGE --digest --key PUBLIC_PEM [-o FILE]\n"
    "       mkdfota sign PACKAGE --signature FILE --key PUBLIC_PEM -o OUT\n"
    "\n"
    "Signs PACKAGE, which may be signed already, with a private key; or, for\n"
    "keys in an HSM, in two steps: print the SHA-256 to sign, then attach the\n"
    "signature made of it, which is verified.\n"
    "\n"
    "  --key PEM           private key; public key with --digest, --signature\n"
    "  --digest            print the SHA-256 to sign, in hexadecimal; with -o\n"
    "                      write its 32 bytes to a file\n"
    "  --signature FILE    ECDSA signature, DER or 64 raw bytes (r, s)\n"
    "  -o, --output FILE   the signed package; - is stdout\n"
    "  -f, --force         overwrite, or write to a terminal\n"
    "  -q, --quiet         print errors only\n"
    "\n"
    "Examples:\n"
    "  mkdfota sign dfota.bin --key private.pem -o signed.bin\n"
    "  mkdfota sign dfota.bin --digest --key public.pem -o digest.bin\n"
    "  openssl pkeyutl -sign -inkey private.pem -in digest.bin -out sig.der\n"
    "  mkdfota sign dfota.bin --signature sig.der --key public.pem \\\n"
    "      -o signed.bin\n";

static const char explained_text[] =
    "Usage: mkdfota explain OLD NEW [option ...]\n"
    "\n"
    "Makes the package from OLD to NEW, tells where its bytes go - by cause,\n"
    "and by function and section (ELF files) or region and block - and ends\n"
    "with advice. No package is written.\n"
    "\n"
    "  --html FILE       instead write a page with a picture: what moved\n"
    "                    where, and what each stretch costs; - is stdout\n"
    "  --json            one JSON object: package_size, old_size, new_size,\n"
    "                    arch, base, new_base, ram, causes {name: bytes},\n"
    "                    sections, parts, moves and advice; the causes sum up\n"
    "                    to package_size\n"
    "  --top N           rows of each table, default 20\n"
    "  --try-ram SIZE    also make it with this budget: what would that save?\n"
    "  --ram SIZE, --base ADDR, --arch ARCH, --format FORMAT, -1 .. -9, -j N\n"
    "                    as for make\n"
    "  -f, --force       overwrite FILE\n"
    "  -q, --quiet       no progress\n"
    "\n"
    "Examples:\n"
    "  mkdfota explain v1.elf v2.elf\n"
    "  mkdfota explain v1.bin v2.bin --base 0x8004000 --html sizes.html\n"
    "  mkdfota explain v1.hex v2.hex --json | jq .advice\n";

void help_print(void)
{
    fputs(tool_text, stdout);
}

void help_print_command(enum cli_command command)
{
    static const char *const texts[CLI_COMMANDS] = {make_text, apply_text,
                                                    info_text, verify_text,
                                                    sign_text, explained_text};

    fputs(texts[command], stdout);
}

void help_print_version(void)
{
    printf("mkdfota %s, package format %u\n", delta_version(),
           DELTA_FORMAT_VERSION);
}
