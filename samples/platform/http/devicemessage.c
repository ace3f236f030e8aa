// SPDX-License-Identifier: MIT
// The bodies that fielded modules read.

#include "devicemessage.h"

#include <stddef.h>

static const struct message {
    unsigned code;
    unsigned status;
    const char *body;
} messages[] = {
    // 无效的设备
    {CODE_BAD_DEVICE, 404,
     "{\"code\":3,\"msg\":\"\\u65e0\\u6548\\u7684\\u8bbe\\u5907\"}"},
    // 无权限
    {CODE_NO_RIGHT, 403, "{\"code\":17,\"msg\":\"\\u65e0\\u6743\\u9650\"}"},
    // 不允许跨内核代升级
    {CODE_WRONG_GENERATION, 403,
     "{\"code\":21,\"msg\":"
     "\"\\u4e0d\\u5141\\u8bb8\\u8de8\\u5185\\u6838\\u4ee3\\u5347\\u7ea7\"}"},
    // 无效的项目
    {CODE_BAD_PROJECT, 404,
     "{\"code\":25,\"msg\":\"\\u65e0\\u6548\\u7684\\u9879\\u76ee\"}"},
    // 无效的固件
    {CODE_BAD_FIRMWARE, 404,
     "{\"code\":26,\"msg\":\"\\u65e0\\u6548\\u7684\\u56fa\\u4ef6\"}"},
    // 已是最新版本
    {CODE_NEWEST, 404,
     "{\"code\":27,\"msg\":\"\\u5df2\\u662f\\u6700\\u65b0\\u7248\\u672c\"}"},
    // 循环升级
    {CODE_FORBIDDEN, 403,
     "{\"code\":40,\"msg\":\"\\u5faa\\u73af\\u5347\\u7ea7\"}"},
    // 请等待
    {CODE_WAIT, 404, "{\"code\":43,\"msg\":\"\\u8bf7\\u7b49\\u5f85\"}"},
    // 基础版本缺失
    {CODE_BASE_MISSING, 404,
     "{\"code\":44,\"msg\":\"\\u57fa\\u7840\\u7248\\u672c\\u7f3a\\u5931\"}"},
};

static const struct message *find(unsigned code)
{
    size_t i = 0;

    while (i + 1 < sizeof(messages) / sizeof(messages[0]) &&
           messages[i].code != code) {
        i++;
    }
    return &messages[i];
}

const char *device_message(unsigned code)
{
    return find(code)->body;
}

unsigned device_status(unsigned code)
{
    return find(code)->status;
}
