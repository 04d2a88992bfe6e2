"""The synthesis tools: native ones where they are good enough, else the pinned packages of the project's Python environment."""
import shutil
import subprocess


class ToolError(Exception):
    pass


def _has_slang(yosys):
    """Debian's yosys cannot read the sources: its own front end knows no `import` in a module's header."""
    for load in ("", "plugin -i slang; "):
        if subprocess.run([yosys, "-Q", "-p", load + "help read_slang"], capture_output=True, text=True,
                          check=False).stdout.find("No such command") == -1:
            return load
    return None


class Tools:
    def __init__(self, venv):
        self.venv = venv
        self.slang = ""  # what yosys has to be told before read_slang
        self.threads = ""
        self._found = {}

    def path(self, name):
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def _find(self, name):
        packaged = self.venv / "bin" / f"yowasp-{name}"
        native = shutil.which(name)
        if native and name == "yosys":
            load = _has_slang(native)
            if load is None:
                print(f"tools: {native} has no slang front end, not used")
                native = None
            else:
                self.slang = load
        if native:
            return native
        if not packaged.exists():
            raise ToolError(f"neither {name} nor {packaged} is there: `tools/setup --synth` brings it")
        if name == "yosys":
            self.threads = "--threads 1"  # there are none in the packaged tools' sandbox
        return str(packaged)

    def version(self, name):
        said = subprocess.run([self.path(name), "--version"], capture_output=True, text=True, check=False)
        text = (said.stdout + said.stderr).strip().splitlines()
        return text[0].strip() if text else "unknown version"

    def report(self, names):
        """One line for each tool: what is used, from where."""
        versions = {}
        for name in names:
            path = self.path(name)
            kind = "packaged" if path.startswith(str(self.venv)) else "native"
            versions[name] = self.version(name)
            print(f"tools: {kind} {path}: {versions[name]}", flush=True)
        return versions
