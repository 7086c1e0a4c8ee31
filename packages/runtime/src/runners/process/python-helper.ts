/**
 * The helper process as a Python program, see helper-protocol.ts. `posix_spawn` shares its memory with the command until that is
 * started, where a fork copies it; so it starts half as many commands again as a Perl that forks, and twice as many as Node.
 * Where there is no Python 3.8, node-helper.ts does the same.
 */
export const PYTHON_HELPER = String.raw`
import collections, errno, gc, os, select, signal, time

READ_BYTES = 65536
# Commands that are started before what has ended is told: whoever hears of that works on another core meanwhile. Fewer would
# spread the ends, and each of them wakes three threads.
STARTS_AT_ONCE = 8
DEFAULT_PATH = os.defpath.encode()
# Seconds for which it is known where a program lies.
KNOWN_S = 1
# Python ignores these, and a command would inherit that.
IGNORED = [signal.SIGPIPE, signal.SIGXFSZ]

# Read once: os.environb translates each name and value whenever it is asked.
environment = dict(os.environb)
poll = select.poll()
answers = []
ids = {}    # of the commands that run, by pid
pipes = {}  # id and stream, by file descriptor
open_pipes = {}  # how many, by id
request_bytes = bytearray()
requests = collections.deque()
programs = {}  # where each lies and until when that holds, by name and path
# Nothing here refers to itself, and to look for that takes a tenth of the time.
gc.disable()


def say():
    rest = memoryview(b"".join(answers))
    answers.clear()
    while rest:
        rest = rest[os.write(1, rest):]


def program_of(name, path):
    if b"/" in name:
        return name
    known, until = programs.get((name, path), (None, 0))
    if time.monotonic() < until:
        return known
    programs.clear()
    for folder in path.split(b":"):
        candidate = os.path.join(folder or b".", name)
        if os.access(candidate, os.X_OK) and os.path.isfile(candidate):
            if os.path.isabs(candidate):
                programs[name, path] = candidate, time.monotonic() + KNOWN_S
            return candidate
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def spawn(folder, env, command, stdout, stderr):
    os.chdir(folder)
    program = program_of(command[0], env.get(b"PATH", DEFAULT_PATH))
    files = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, stdout, 1),
        (os.POSIX_SPAWN_DUP2, stderr, 2),
    ]
    options = {"file_actions": files, "setpgroup": 0, "setsigdef": IGNORED}
    try:
        return os.posix_spawn(program, command, env, **options)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
        # As shells do with a script that does not name its interpreter.
        return os.posix_spawn(b"/bin/sh", [b"/bin/sh", program] + command[1:], env, **options)


def run(number, folder, count, *rest):
    count = int(count)
    env = environment.copy()
    for pair in rest[:count]:
        name, _, value = pair.partition(b"=")
        env[name] = value
    command = list(rest[count:])
    (stdout, stdout_end), (stderr, stderr_end) = os.pipe(), os.pipe()
    try:
        pid = spawn(folder, env, command, stdout_end, stderr_end)
        ids[pid] = number
        answers.append(b"started %s %d\n" % (number, pid))
    except OSError as error:
        reason = b"%s: %s\n" % (command[0] if os.path.isdir(folder) else folder, error.strerror.encode())
        os.write(stderr_end, reason)
        answers.append(b"exited %s 127 0 1\n" % number)
    finally:
        os.close(stdout_end)
        os.close(stderr_end)
        os.chdir("/")
    open_pipes[number] = 2
    for descriptor, stream in ((stdout, 1), (stderr, 2)):
        pipes[descriptor] = (number, stream)
        poll.register(descriptor, select.POLLIN)


def close(descriptor):
    poll.unregister(descriptor)
    os.close(descriptor)
    number, _ = pipes.pop(descriptor)
    open_pipes[number] -= 1
    if open_pipes[number] == 0:
        del open_pipes[number]
        answers.append(b"closed %s\n" % number)


def forget(number):
    for descriptor in [one for one, (owner, _) in pipes.items() if owner == number]:
        close(descriptor)


def read(descriptor):
    number, stream = pipes[descriptor]
    output = os.read(descriptor, READ_BYTES)
    if not output:
        return close(descriptor)
    answers.append(b"output %s %d %d\n" % (number, stream, len(output)))
    answers.append(output)


def signal_group(pid, number):
    try:
        os.killpg(pid, number)
        return True
    except (ProcessLookupError, PermissionError):
        return False


def reap():
    while ids:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        number = ids.pop(pid, None)
        if number is None:
            continue
        code, killer = (0, os.WTERMSIG(status)) if os.WIFSIGNALED(status) else (os.WEXITSTATUS(status), 0)
        alone = 0 if signal_group(pid, 0) else 1
        answers.append(b"exited %s %d %d %d\n" % (number, code, killer, alone))


def take_requests():
    chunk = os.read(0, READ_BYTES)
    if not chunk:
        return finish()
    request_bytes.extend(chunk)
    while True:
        begin = request_bytes.find(b"\n") + 1
        end = begin + int(request_bytes[:begin] or b"0")
        if begin == 0 or len(request_bytes) < end:
            return
        requests.append(bytes(request_bytes[begin:end]).split(b"\0"))
        del request_bytes[:end]


def obey(kind, *fields):
    (run if kind == b"run" else forget)(*fields)


def turn(limit_ms=None):
    for descriptor, _ in poll.poll(0 if requests else limit_ms):
        if descriptor == 0:
            take_requests()
        elif descriptor == wake:
            os.read(wake, 4096)
            reap()
        elif descriptor in pipes:
            read(descriptor)
    for _ in range(min(len(requests), STARTS_AT_ONCE)):
        obey(*requests.popleft())
    if answers:
        say()


def finish():
    poll.unregister(0)
    requests.clear()
    for pid in ids:
        signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + int(os.environ["CAPSTAN_HELPER_GRACE_MS"]) / 1000
    try:
        while ids and time.monotonic() < deadline:
            turn(20)
        turn(0)
    except BrokenPipeError:
        # The server is gone: nobody reads, but commands may still clean up.
        while ids and time.monotonic() < deadline:
            answers.clear()
            time.sleep(0.02)
            reap()
    for pid in ids:
        signal_group(pid, signal.SIGKILL)
    os._exit(0)


wake, wakened = os.pipe()
os.set_blocking(wakened, False)
signal.set_wakeup_fd(wakened, warn_on_full_buffer=False)
signal.signal(signal.SIGCHLD, lambda *_: None)
poll.register(0, select.POLLIN)
poll.register(wake, select.POLLIN)
answers.append(b"ready\n")
say()
try:
    while True:
        turn()
except BrokenPipeError:
    finish()
`;
