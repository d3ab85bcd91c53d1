/* icuuc.dll for Wine alone: a part of Windows 10 that Wine 8 lacks. Qt asks it for the converters of old character sets
   and goes on without them; here there are none. */
#define GIVEN(result, name) __declspec(dllexport) result name(void)

enum { FILE_ACCESS_ERROR = 4 }; /* U_FILE_ACCESS_ERROR: no such converter */

__declspec(dllexport) void *ucnv_open(const char *name, int *status)
{
    (void)name;
    if (status)
        *status = FILE_ACCESS_ERROR;
    return 0;
}

/* None of these is reached without a converter; Windows' calling convention for x64 leaves the arguments to the caller. */
GIVEN(void, ucnv_close) {}
GIVEN(void, ucnv_reset) {}
GIVEN(void, ucnv_toUnicode) {}
GIVEN(void, ucnv_fromUnicode) {}
GIVEN(void, ucnv_getToUCallBack) {}
GIVEN(void, ucnv_getFromUCallBack) {}
GIVEN(void, ucnv_setToUCallBack) {}
GIVEN(void, ucnv_setFromUCallBack) {}
GIVEN(void, ucnv_cbToUWriteUChars) {}
GIVEN(void, UCNV_FROM_U_CALLBACK_SUBSTITUTE) {}
GIVEN(void, UCNV_TO_U_CALLBACK_SUBSTITUTE) {}
GIVEN(int, ucnv_toUCountPending) { return 0; }
GIVEN(int, ucnv_fromUCountPending) { return 0; }
GIVEN(int, ucnv_countAvailable) { return 0; }
GIVEN(signed char, ucnv_getMaxCharSize) { return 1; }
GIVEN(const char *, ucnv_getName) { return 0; }
GIVEN(const char *, ucnv_getStandardName) { return 0; }
GIVEN(const char *, ucnv_getAvailableName) { return 0; }
