/* A Restart Manager that answers what a test put into the environment: the structures and the calls are those of Windows'
   own header. Wine 8 has one that says of every file that nobody has it open. */

#include <windows.h>
#include <restartmanager.h>

static WCHAR asked[32768];

static DWORD setting(const char *name)
{
    char text[32] = "0";
    GetEnvironmentVariableA(name, text, sizeof(text));
    return (DWORD)strtoul(text, NULL, 10);
}

DWORD WINAPI RmStartSession(DWORD *session, DWORD flags, WCHAR *key)
{
    if (flags)
        return ERROR_BAD_ARGUMENTS;
    *session = 7;
    for (int at = 0; at < CCH_RM_SESSION_KEY; at++)
        key[at] = L'k';
    key[CCH_RM_SESSION_KEY] = 0;
    asked[0] = 0;
    return setting("PDM_TEST_REFUSED");
}

DWORD WINAPI RmRegisterResources(DWORD session, UINT files, LPCWSTR *names, UINT applications, RM_UNIQUE_PROCESS *which,
                                 UINT services, LPCWSTR *service_names)
{
    if (session != 7 || files != 1 || applications || which || services || service_names)
        return ERROR_BAD_ARGUMENTS;
    lstrcpynW(asked, names[0], sizeof(asked) / sizeof(asked[0]));
    return ERROR_SUCCESS;
}

DWORD WINAPI RmGetList(DWORD session, UINT *needed, UINT *room, RM_PROCESS_INFO found[], LPDWORD why)
{
    UINT count = setting("PDM_TEST_HOLDERS");
    *needed = count;
    *why = RmRebootReasonNone;
    if (session != 7 || !asked[0])
        return ERROR_BAD_ARGUMENTS;
    if (count > *room)
        return ERROR_MORE_DATA;
    for (UINT at = 0; at < count; at++) {
        ZeroMemory(&found[at], sizeof(found[at]));
        found[at].Process.dwProcessId = at ? 4312 + at : setting("PDM_TEST_FIRST");
        lstrcpynW(found[at].strAppName, wcsrchr(asked, L'\\') + 1, CCH_RM_MAX_APP_NAME);
        found[at].ApplicationType = RmMainWindow;
        found[at].bRestartable = TRUE;
    }
    *room = count;
    return ERROR_SUCCESS;
}

DWORD WINAPI RmEndSession(DWORD session)
{
    return session == 7 ? ERROR_SUCCESS : ERROR_BAD_ARGUMENTS;
}
