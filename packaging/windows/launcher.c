/* The program on a seat: it loads the Python beside it and runs the module that the build names, with its own words.

   Libraries come from its own folder and from Windows, never from the current folder or the search path. */

#include <windows.h>
#include <shellapi.h>
#include <stdlib.h>
#include <wchar.h>

#include "names.h" /* made by the build: texts as C has them */

#define WIDEN_(text) L##text
#define WIDEN(text) WIDEN_(text)
#define LONGEST 32768 /* characters of a path */

enum { NO_FOLDER = 90, NO_PYTHON = 91, NO_MEMORY = 92, NOT_CLEARED = 93 };
enum { BROKEN = 1, CANNOT_START = 2 }; /* as Python ends after an exception, and the seat without a data folder */

typedef int (*run_python)(int, wchar_t **);

static int stop(int code, const wchar_t *what)
{
    DWORD error = GetLastError();
    wchar_t text[512];
    _snwprintf(text, 511, L"%ls (Windows says %lu)\n\nRepair the installation, or ask your administrator.", what, error);
    text[511] = 0;
    MessageBoxW(NULL, text, WIDEN(PRODUCT), MB_ICONERROR | MB_OK);
    return code;
}

/* Who started the program from a menu has no console that would show what it said at its end. Any other code is an
   answer to the seat that waits for it (update_install.py), and which tells the person. */
static int tell_end(int code)
{
    HANDLE errors = GetStdHandle(STD_ERROR_HANDLE);
    wchar_t text[512];
    if (code != BROKEN && code != CANNOT_START) return code;
    if (errors && errors != INVALID_HANDLE_VALUE) return code;
    _snwprintf(text, 511,
               L"%ls could not go on (code %d).\n\nIts log may say why: the file seat.log in the folder "
               L"%%LOCALAPPDATA%%\\%ls.",
               WIDEN(PRODUCT), code, WIDEN(PRODUCT));
    text[511] = 0;
    MessageBoxW(NULL, text, WIDEN(PRODUCT), MB_ICONERROR | MB_OK);
    return code;
}

static wchar_t *own_folder(void)
{
    static wchar_t path[LONGEST];
    DWORD length = GetModuleFileNameW(NULL, path, LONGEST);
    wchar_t *end = length && length < LONGEST ? wcsrchr(path, L'\\') : NULL;
    if (!end) return NULL;
    *end = 0;
    return path;
}

static run_python load_python(const wchar_t *folder)
{
    static wchar_t path[LONGEST + 32];
    SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_DEFAULT_DIRS);
    AddDllDirectory(folder);
    _snwprintf(path, LONGEST + 31, L"%ls\\%ls", folder, WIDEN(PYTHON_DLL));
    HMODULE python = LoadLibraryExW(path, NULL, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS);
    return python ? (run_python)(void *)GetProcAddress(python, "Py_Main") : NULL;
}

/* The program gets an administrator's rights for this, but the person's variables. One of them (OPENSSL_CONF) is enough to
   load a library of the person's into it, so none stays but those of Windows, and their values come from Windows. */
static int keep_only_windows_own_variables(void)
{
    static wchar_t windows[MAX_PATH];
    UINT length = GetSystemWindowsDirectoryW(windows, MAX_PATH);
    wchar_t *all = GetEnvironmentStringsW();
    if (!all || length < 2 || length >= MAX_PATH) return 0;
    for (wchar_t *each = all, *next; *each; each = next) {
        next = each + wcslen(each) + 1;
        wchar_t *end = wcschr(each + 1, L'='); /* the first may begin a name: =C: is the current folder of a drive */
        if (!end) continue;
        *end = 0;
        /* Wine, where this is tried, knows from it who its person is. Windows itself never looks at it. */
        if (wcscmp(each, L"WINEUSERNAME") && !SetEnvironmentVariableW(each, NULL)) return 0;
    }
    FreeEnvironmentStringsW(all);
    if (!SetEnvironmentVariableW(L"SystemRoot", windows) || !SetEnvironmentVariableW(L"windir", windows)) return 0;
    windows[2] = 0;
    return SetEnvironmentVariableW(L"SystemDrive", windows);
}

int WINAPI wWinMain(HINSTANCE own, HINSTANCE before, PWSTR line, int show)
{
    (void)own, (void)before, (void)line, (void)show;
    int count = 0;
    wchar_t **given = CommandLineToArgvW(GetCommandLineW(), &count);
    wchar_t **words = given ? calloc((size_t)count + 4, sizeof *words) : NULL;
    if (!words) return stop(NO_MEMORY, L"There is no memory left to start the program.");
    if (count > 1 && !wcscmp(given[1], WIDEN(UPDATE_FLAG)) && !keep_only_windows_own_variables())
        return NOT_CLEARED;
    wchar_t *folder = own_folder();
    if (!folder) return stop(NO_FOLDER, L"The program cannot find its own folder.");
    run_python run = load_python(folder);
    if (!run) return stop(NO_PYTHON, L"A part of the program is missing: " WIDEN(PYTHON_DLL) L".");
    wchar_t *first[] = {given[0], L"-I", L"-m", WIDEN(MODULE)};
    for (int at = 0; at < 4; at++) words[at] = first[at];
    for (int at = 1; at < count; at++) words[at + 3] = given[at];
    return tell_end(run(count + 3, words));
}
