// SPDX-License-Identifier: MIT
// ELF files: segments are laid out by physical address; sections, where there
// are any, tell code from data, and symbols give names.

#include <elfutils/version.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "armattributes.h"
#include "dfota/format.h"
#include "errors.h"
#include "files.h"
#include "regions.h"
#include "text.h"

#define NAME "ELF"
#define SEGMENTS_MAX 1024u
#define AVR_FLASH_END 0x800000u // data, EEPROM and fuses are above

// A section with bytes in the flash; `size` 0: any other.
struct section {
    uint64_t address, size;
    uint64_t offset; // in the file
    uint64_t place;  // in the flash
    size_t name;     // in the section names
    uint8_t arch;    // of its first instruction
    bool has_code;
    bool has_mark;
    uint64_t mark; // where that first instruction is
};

// NUL-terminated names in the image's texts.
struct texts {
    const char *data;
    size_t size;
};

struct elf {
    Elf *elf;
    GElf_Ehdr header;
    const uint8_t *data; // the file
    size_t size;
    GElf_Phdr segments[SEGMENTS_MAX]; // those with bytes in the flash
    size_t segment_count;
    struct section *sections; // by their number
    size_t section_count;
    bool has_sections;
    uint64_t base; // lowest place
    uint8_t arch;  // of the file
    struct texts symbol_names, section_names;
};

bool delta_file_is_elf(const uint8_t *data, size_t size)
{
    return size >= SELFMAG && memcmp(data, ELFMAG, SELFMAG) == 0;
}

static bool is_known(const uint8_t *data, size_t size)
{
    return size >= EI_NIDENT && delta_file_is_elf(data, size) &&
           (data[EI_CLASS] == ELFCLASS64 || data[EI_CLASS] == ELFCLASS32) &&
           (data[EI_DATA] == ELFDATA2LSB || data[EI_DATA] == ELFDATA2MSB) &&
           data[EI_VERSION] == EV_CURRENT;
}

static enum delta_status bad(struct delta_error *error, const char *what,
                             unsigned long long found,
                             unsigned long long expected)
{
    return delta_fail(error, DELTA_ERR_IMAGE, "image",
                      NAME ": %s (found 0x%llx, expected 0x%llx)", what, found,
                      expected);
}

static enum delta_status fail_libelf(struct delta_error *error)
{
    return delta_fail(error, DELTA_ERR_IMAGE, "image", NAME ": %s",
                      elf_errmsg(-1));
}

static enum delta_status read_header(struct elf *e, struct delta_error *error)
{
    size_t size;

    if (!is_known(e->data, e->size)) {
        return delta_fail(error, DELTA_ERR_IMAGE, "image",
                          NAME ": bad header (found no 32-bit or 64-bit file "
                               "of version 1, expected one)");
    }
    size = e->data[EI_CLASS] == ELFCLASS64 ? sizeof(Elf64_Ehdr)
                                           : sizeof(Elf32_Ehdr);
    if (e->size < size) {
        return bad(error, "cut short in the header", e->size, size);
    }
    if (e->elf == NULL || gelf_getehdr(e->elf, &e->header) == NULL) {
        return fail_libelf(error);
    }
    if (e->header.e_type != ET_EXEC && e->header.e_type != ET_DYN) {
        return bad(error, "not a linked program", e->header.e_type, ET_EXEC);
    }
    return DELTA_OK;
}

static bool is_big(const GElf_Ehdr *header)
{
    return header->e_ident[EI_DATA] == ELFDATA2MSB;
}

// What an instruction of the file is without further knowledge.
static uint8_t arch_of(const GElf_Ehdr *header)
{
    if (is_big(header) &&
        (header->e_machine != EM_ARM || (header->e_flags & EF_ARM_BE8) == 0)) {
        return DFOTA_ARCH_BIG; // instructions are read as little-endian
    }
    switch (header->e_machine) {
    case EM_ARM:
        return (header->e_entry & 1) != 0 ? DFOTA_ARCH_THUMB : DFOTA_ARCH_A32;
    case EM_AARCH64: return DFOTA_ARCH_A64;
    case EM_RISCV: return DFOTA_ARCH_RISCV;
    case EM_XTENSA: return DFOTA_ARCH_XTENSA;
    case EM_AVR: return DFOTA_ARCH_AVR;
    default: return DFOTA_ARCH_NONE;
    }
}

// How many headers of segments there are, all in the file.
static enum delta_status count_segments(const struct elf *e, size_t *count,
                                        struct delta_error *error)
{
    uint64_t end = (uint64_t)e->header.e_phnum * e->header.e_phentsize;

    if (e->header.e_phoff > e->size || end > e->size - e->header.e_phoff) {
        return bad(error, "cut short in the headers of segments", e->size,
                   e->header.e_phoff + end);
    }
    if (elf_getphdrnum(e->elf, count) != 0) {
        return fail_libelf(error);
    }
    return *count <= SEGMENTS_MAX
               ? DELTA_OK
               : bad(error, "too many segments", *count, SEGMENTS_MAX);
}

static enum delta_status check_segment(const struct elf *e, const GElf_Phdr *s,
                                       struct delta_error *error)
{
    if (s->p_offset > e->size || s->p_filesz > e->size - s->p_offset) {
        return bad(error, "cut short: a segment ends behind the file", e->size,
                   s->p_offset + s->p_filesz);
    }
    if (s->p_paddr + s->p_filesz < s->p_paddr) {
        return bad(error, "segment beyond the last address", s->p_filesz,
                   0 - s->p_paddr);
    }
    return DELTA_OK;
}

static enum delta_status read_segments(struct elf *e, struct delta_error *error)
{
    size_t count = 0;
    enum delta_status status = count_segments(e, &count, error);

    for (size_t i = 0; status == DELTA_OK && i < count; i++) {
        GElf_Phdr *s = e->segments + e->segment_count;

        if (gelf_getphdr(e->elf, (int)i, s) == NULL) {
            return fail_libelf(error);
        }
        if (s->p_type != PT_LOAD || s->p_filesz == 0 ||
            (e->header.e_machine == EM_AVR && s->p_paddr >= AVR_FLASH_END)) {
            continue;
        }
        status = check_segment(e, s, error);
        e->segment_count++;
    }
    return status;
}

// The segment that brings a section to the flash, or NULL.
static const GElf_Phdr *segment_of(const struct elf *e, const GElf_Shdr *header)
{
    for (size_t i = 0; i < e->segment_count; i++) {
        const GElf_Phdr *s = e->segments + i;
        uint64_t into = header->sh_offset - s->p_offset;

        if (header->sh_offset >= s->p_offset && into < s->p_filesz &&
            header->sh_size <= s->p_filesz - into &&
            header->sh_addr == s->p_vaddr + into) {
            return s;
        }
    }
    return NULL;
}

static void read_attributes(struct elf *e, Elf_Scn *scn)
{
    const Elf_Data *data = elf_rawdata(scn, NULL);

    if (e->arch == DFOTA_ARCH_A32 && data != NULL && data->d_buf != NULL &&
        delta_arm_is_thumb(data->d_buf, data->d_size, is_big(&e->header))) {
        e->arch = DFOTA_ARCH_THUMB;
    }
}

static enum delta_status read_sections(struct elf *e, struct delta_error *error)
{
    Elf_Scn *scn = NULL;
    size_t count;

    if (elf_getshdrnum(e->elf, &count) != 0 || count == 0) {
        return DELTA_OK; // a program runs without
    }
    e->sections = calloc(count, sizeof(*e->sections));
    if (e->sections == NULL) {
        return delta_fail_memory(error, "image");
    }
    e->section_count = count;
    while ((scn = elf_nextscn(e->elf, scn)) != NULL) {
        size_t number = elf_ndxscn(scn);
        const GElf_Phdr *segment;
        GElf_Shdr header;

        if (number >= count || gelf_getshdr(scn, &header) == NULL) {
            continue;
        }
        if (header.sh_type == SHT_ARM_ATTRIBUTES) {
            read_attributes(e, scn);
        }
        if ((header.sh_flags & SHF_ALLOC) == 0 ||
            header.sh_type == SHT_NOBITS || header.sh_size == 0) {
            continue;
        }
        segment = segment_of(e, &header);
        if (segment != NULL) {
            struct section *s = e->sections + number;

            s->address = header.sh_addr;
            s->size = header.sh_size;
            s->offset = header.sh_offset;
            s->place = segment->p_paddr + header.sh_offset - segment->p_offset;
            s->name = header.sh_name;
            s->has_code = (header.sh_flags & SHF_EXECINSTR) != 0;
            e->has_sections = true;
        }
    }
    return DELTA_OK;
}

// A segment may begin with the headers of the file, which are no part of the
// program: begin it with its first section. false: there is nothing else.
static bool skip_headers(const struct elf *e, GElf_Phdr *s)
{
    uint64_t end = e->header.e_ehsize;
    uint64_t first = s->p_filesz;

    if (s->p_offset >= end || !e->has_sections) {
        return true;
    }
    for (size_t i = 0; i < e->section_count; i++) {
        const struct section *section = e->sections + i;
        uint64_t into = section->offset - s->p_offset;

        if (section->size > 0 && section->offset >= s->p_offset &&
            into < first && section->place == s->p_paddr + into) {
            first = into;
        }
    }
    s->p_offset += first;
    s->p_paddr += first;
    s->p_vaddr += first;
    s->p_filesz -= first;
    return s->p_filesz > 0;
}

static enum delta_status lay_out(struct elf *e, struct delta_image *image,
                                 struct delta_error *error)
{
    struct delta_layout layout = {0};
    enum delta_status status;
    size_t count = 0;

    for (size_t i = 0; i < e->segment_count; i++) {
        GElf_Phdr *s = e->segments + i;

        if (skip_headers(e, s)) {
            delta_layout_add(&layout, s->p_paddr, e->data + s->p_offset,
                             (size_t)s->p_filesz);
            e->segments[count++] = *s;
        }
    }
    e->segment_count = count;
    status = delta_layout_make(&layout, image, &e->base, NAME, error);
    delta_layout_free(&layout);
    return status;
}

// The section of a symbol that is in the flash, or NULL.
static struct section *section_of(const struct elf *e, const GElf_Sym *symbol)
{
    struct section *s;

    if (symbol->st_shndx >= e->section_count) {
        return NULL;
    }
    s = e->sections + symbol->st_shndx;
    return symbol->st_value >= s->address &&
                   symbol->st_value - s->address < s->size
               ? s
               : NULL;
}

static uint32_t position(const struct elf *e, const struct section *s,
                         uint64_t address)
{
    return (uint32_t)(s->place - e->base + (address - s->address));
}

// ARM: from a symbol "$t" or "$a" on, code is Thumb or A32.
static void add_mark(struct elf *e, struct delta_regions *regions,
                     const GElf_Sym *symbol, char kind)
{
    struct section *s = section_of(e, symbol);
    uint8_t arch = kind == 't' ? DFOTA_ARCH_THUMB : DFOTA_ARCH_A32;

    if (s == NULL || !s->has_code || e->arch == DFOTA_ARCH_BIG ||
        (kind != 't' && kind != 'a')) {
        return;
    }
    if (symbol->st_value > s->address) {
        delta_regions_add(regions, position(e, s, symbol->st_value),
                          (uint32_t)symbol->st_value, arch, true);
    }
    if (!s->has_mark || symbol->st_value < s->mark) {
        s->has_mark = true;
        s->mark = symbol->st_value;
        s->arch = arch;
    }
}

static const char *name_at(const struct texts *texts, size_t at)
{
    return at < texts->size ? texts->data + at : "";
}

static void add_symbol(const struct elf *e, struct delta_image *image,
                       const GElf_Sym *symbol)
{
    unsigned type = GELF_ST_TYPE(symbol->st_info);
    struct delta_symbol *out = image->symbols + image->symbol_count;
    GElf_Sym even = *symbol;
    const struct section *s;

    if ((type != STT_FUNC && type != STT_OBJECT) || symbol->st_size == 0) {
        return;
    }
    if (type == STT_FUNC && e->header.e_machine == EM_ARM) {
        even.st_value &= ~(uint64_t)1; // says that it is Thumb
    }
    s = section_of(e, &even);
    if (s != NULL) {
        uint64_t left = s->size - (even.st_value - s->address);

        out->start = position(e, s, even.st_value);
        out->size = (uint32_t)(even.st_size < left ? even.st_size : left);
        out->name = name_at(&e->symbol_names, even.st_name);
        out->section = name_at(&e->section_names, s->name);
        image->symbol_count++;
    }
}

static const Elf_Data *raw_data(const struct elf *e, size_t number)
{
    Elf_Scn *scn = elf_getscn(e->elf, number);
    const Elf_Data *data = scn != NULL ? elf_rawdata(scn, NULL) : NULL;

    return data != NULL && data->d_buf != NULL ? data : NULL;
}

// Copy the names of symbols, if there are any, and of sections, fit to be
// shown.
static bool copy_texts(struct elf *e, struct delta_image *image, size_t names)
{
    const Elf_Data *symbols = names != 0 ? raw_data(e, names) : NULL;
    const Elf_Data *sections = NULL;
    size_t number, size;

    if (elf_getshdrstrndx(e->elf, &number) == 0) {
        sections = raw_data(e, number);
    }
    e->symbol_names.size = symbols != NULL ? symbols->d_size : 0;
    e->section_names.size = sections != NULL ? sections->d_size : 0;
    size = e->symbol_names.size + e->section_names.size + 2;
    image->texts = calloc(size, 1);
    if (image->texts == NULL) {
        return false;
    }
    e->symbol_names.data = image->texts;
    e->section_names.data = image->texts + e->symbol_names.size + 1;
    if (symbols != NULL) {
        memcpy(image->texts, symbols->d_buf, symbols->d_size);
    }
    if (sections != NULL) {
        memcpy(image->texts + e->symbol_names.size + 1, sections->d_buf,
               sections->d_size);
    }
    for (size_t at = 0; at < size; at += strlen(image->texts + at) + 1) {
        delta_text_clean(image->texts + at);
    }
    return true;
}

static int by_start(const void *a, const void *b)
{
    const struct delta_section *x = a;
    const struct delta_section *y = b;

    if (x->start != y->start) {
        return x->start < y->start ? -1 : 1;
    }
    return x->size < y->size ? -1 : x->size > y->size;
}

static bool list_sections(const struct elf *e, struct delta_image *image)
{
    image->sections = calloc(e->section_count + 1, sizeof(*image->sections));
    if (image->sections == NULL) {
        return false;
    }
    for (size_t i = 0; i < e->section_count; i++) {
        const struct section *s = e->sections + i;

        if (s->size > 0) {
            image->sections[image->section_count++] = (struct delta_section){
                position(e, s, s->address), (uint32_t)s->size,
                name_at(&e->section_names, s->name)};
        }
    }
    if (image->section_count > 0) {
        qsort(image->sections, image->section_count, sizeof(*image->sections),
              by_start);
    }
    return true;
}

static bool next_symbol_table(const struct elf *e, Elf_Scn **scn,
                              GElf_Shdr *header)
{
    while ((*scn = elf_nextscn(e->elf, *scn)) != NULL) {
        if (gelf_getshdr(*scn, header) != NULL &&
            header->sh_type == SHT_SYMTAB) {
            return true;
        }
    }
    return false;
}

static bool is_mark(const struct elf *e, const char *name)
{
    return e->header.e_machine == EM_ARM && name[0] == '$' &&
           (name[1] == 'a' || name[1] == 't') &&
           (name[2] == '\0' || name[2] == '.');
}

static enum delta_status read_names(struct elf *e, struct delta_image *image,
                                    struct delta_regions *regions,
                                    struct delta_error *error)
{
    Elf_Scn *scn = NULL;
    GElf_Shdr header;
    GElf_Sym symbol;
    Elf_Data *data;
    size_t each = gelf_fsize(e->elf, ELF_T_SYM, 1, EV_CURRENT);
    bool has_table = next_symbol_table(e, &scn, &header);
    size_t count;

    if (!copy_texts(e, image, has_table ? header.sh_link : 0) ||
        !list_sections(e, image)) {
        return delta_fail_memory(error, "image");
    }
    if (!has_table) {
        return DELTA_OK;
    }
    data = elf_getdata(scn, NULL);
    count = data != NULL && each > 0 ? data->d_size / each : 0;
    image->symbols = calloc(count + 1, sizeof(*image->symbols));
    if (image->symbols == NULL) {
        return delta_fail_memory(error, "image");
    }
    for (size_t i = 0; i < count; i++) {
        const char *name;

        if (gelf_getsym(data, (int)i, &symbol) == NULL) {
            break;
        }
        name = name_at(&e->symbol_names, symbol.st_name);
        if (is_mark(e, name)) {
            add_mark(e, regions, &symbol, name[1]);
        }
        add_symbol(e, image, &symbol);
    }
    return DELTA_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct delta_symbol *x = a;
    const struct delta_symbol *y = b;

    if (x->start != y->start) {
        return x->start < y->start ? -1 : 1;
    }
    if (x->size != y->size) {
        return x->size > y->size ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

static uint8_t region_arch(const struct elf *e, bool has_code)
{
    return !has_code && is_big(&e->header) ? DFOTA_ARCH_BIG : e->arch;
}

static void add_sections(const struct elf *e, struct delta_regions *regions)
{
    for (size_t i = 0; i < e->section_count; i++) {
        const struct section *s = e->sections + i;

        if (s->size > 0) {
            delta_regions_add(
                regions, position(e, s, s->address), (uint32_t)s->address,
                s->has_mark ? s->arch : region_arch(e, s->has_code),
                s->has_code);
        }
    }
}

// For what is before the first section, and for files without any.
static void add_segments(const struct elf *e, struct delta_regions *regions)
{
    for (size_t i = 0; i < e->segment_count; i++) {
        const GElf_Phdr *s = e->segments + i;
        bool has_code = (s->p_flags & PF_X) != 0;
        bool known = false;

        for (size_t k = 0; k < e->section_count && !known; k++) {
            known =
                e->sections[k].size > 0 && e->sections[k].place == s->p_paddr;
        }
        if (!known) {
            delta_regions_add(regions, (uint32_t)(s->p_paddr - e->base),
                              (uint32_t)s->p_vaddr, region_arch(e, has_code),
                              has_code);
        }
    }
}

static enum delta_status read_all(struct elf *e, struct delta_image *image,
                                  struct delta_regions *regions,
                                  struct delta_error *error)
{
    enum delta_status status = read_header(e, error);

    if (status == DELTA_OK) {
        e->arch = arch_of(&e->header);
        status = read_segments(e, error);
    }
    if (status == DELTA_OK) {
        status = read_sections(e, error);
    }
    if (status == DELTA_OK) {
        status = lay_out(e, image, error);
    }
    if (status == DELTA_OK) {
        status = read_names(e, image, regions, error);
    }
    if (status != DELTA_OK) {
        return status;
    }
    if (image->symbol_count > 0) {
        qsort(image->symbols, image->symbol_count, sizeof(*image->symbols),
              by_place);
    }
    add_segments(e, regions);
    add_sections(e, regions);
    image->has_addresses = true;
    return DELTA_OK;
}

enum delta_status delta_file_elf(struct delta_image *image, const uint8_t *data,
                                 size_t size, struct delta_error *error)
{
    struct delta_regions regions = {0};
    struct elf *e = calloc(1, sizeof(*e));
    char *own = malloc(size + 1); // libelf wants to be able to write
    enum delta_status status;

    if (e == NULL || own == NULL || elf_version(EV_CURRENT) == EV_NONE) {
        free(e);
        free(own);
        return delta_fail_memory(error, "image");
    }
    if (size > 0) {
        memcpy(own, data, size);
    }
    e->data = data;
    e->size = size;
    e->elf = size > 0 ? elf_memory(own, size) : NULL;
    status = read_all(e, image, &regions, error);
    if (status == DELTA_OK) {
        status = delta_regions_finish(&regions, image, error);
    }
    free(regions.list);
    elf_end(e->elf);
    free(e->sections);
    free(e);
    free(own);
    return status;
}

#define TEXT(x) #x
#define NUMBER(x) TEXT(x)

// libelf cannot be asked; its headers can.
const char *delta_elf_library(void)
{
    return "libelf 0." NUMBER(_ELFUTILS_VERSION) " (compiled with)";
}
