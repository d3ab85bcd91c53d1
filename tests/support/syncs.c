/* Put before a program (LD_PRELOAD), it writes down each time that the program asks the disk to keep something.

   A line "begun PATH" goes to the file named by SYNCS_FILE before, "done PATH" after it. As long as the file named by
   SYNCS_HOLD is there, the disk takes its time. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int (*sync_call)(int);

static void note(const char *word, int of)
{
    char link[64], path[PATH_MAX], line[PATH_MAX + 16];
    const char *file = getenv("SYNCS_FILE");
    if (file == NULL)
        return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", of);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = '\0';
    int size = snprintf(line, sizeof line, "%s %s\n", word, path);
    int to = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (to < 0 || write(to, line, (size_t)size) != size)
        abort();
    close(to);
}

static int watched(const char *name, int of)
{
    const char *hold = getenv("SYNCS_HOLD");
    sync_call real = (sync_call)dlsym(RTLD_NEXT, name);
    note("begun", of);
    while (hold != NULL && access(hold, F_OK) == 0)
        usleep(1000);
    int result = real(of);
    note("done", of);
    return result;
}

int fsync(int of)
{
    return watched("fsync", of);
}

int fdatasync(int of)
{
    return watched("fdatasync", of);
}
