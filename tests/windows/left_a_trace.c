/* A library that leaves a trace when it is loaded: what no program with an administrator's rights may load. */

#include <windows.h>

BOOL WINAPI DllMain(HINSTANCE own, DWORD why, void *how)
{
    (void)own, (void)how;
    if (why == DLL_PROCESS_ATTACH)
        CloseHandle(CreateFileW(L"C:\\loaded.txt", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
    return TRUE;
}
