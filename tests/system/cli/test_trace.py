"""Traces: what each kind shows, windows, and the pipeline in Konata's format."""
import json
import re

import konata
from harness import BUILD, USAGE, Case, exit_with, main, put

LOOP = put("ok\n") + bytes.fromhex("b932000000" "01c8" "49" "75fb") + exit_with(2)  # a loop that becomes hot
MIX = BUILD / "bench" / "mix.elf"


class Trace(Case):
    def traces(self, code, *requests, options=()):
        """Runs, and returns the text of each trace."""
        paths = [self.directory / f"trace{i}" for i in range(len(requests))]
        words = [word for kinds, path in zip(requests, paths) for word in ("--trace", f"{kinds}:{path}")]
        done = self.run_guest(code, *words, *options)
        self.assertEqual(done.stderr, b"")
        return [path.read_text() for path in paths]

    def test_guest_instructions(self):
        text, = self.traces(LOOP, "guest", options=("--gears", "1"))
        lines = text.splitlines()
        self.assertEqual(lines[1].split(), ["0010000c", "ba", "e9", "00", "00", "00", "mov", "edx,", "0xE9"])
        self.assertIn("edx=000000e9", lines[0])
        heads = [line.split() for line in lines[::2]]
        self.assertEqual([int(head[0]) for head in heads], list(range(len(heads))))  # one line each, none missing
        self.assertTrue(all(head[3] == "x1" for head in heads))
        counter = f"{0x10000C + len(put('ok' + chr(10))) + 7:08x}"  # dec ecx
        rounds = [head for head in heads if head[1] == counter]
        changes = [dict(word.split("=") for word in head[4:]) for head in rounds]
        self.assertEqual([int(change["ecx"], 16) for change in changes], list(range(49, -1, -1)))
        self.assertTrue(all(set(change) <= {"ecx", "eflags"} for change in changes))

    def test_translations_commit_several(self):
        text, = self.traces(LOOP, "guest", options=("--hot-threshold", "1"))
        blocks = re.findall(r"^(\d+) (\S+) run_cold x3(.*)\n(\S+) .*add eax, ecx\n.*dec ecx\n.*jnz.*$", text, re.M)
        self.assertGreater(len(blocks), 40)
        self.assertTrue(all(eip == code for _, eip, _, code in blocks if eip != "????????"))
        self.assertTrue(all("ecx=" in changes for _, _, changes, _ in blocks))

    def test_devices(self):
        text, = self.traces(put("ok\n") + bytes.fromhex("e564" "ed") + exit_with(2), "device")  # in eax, 0x64; in eax, dx
        found = [line.split()[2:] for line in text.splitlines()]
        self.assertEqual(found[:3], [["out", "00e9", "6f"], ["out", "00e9", "6b"], ["out", "00e9", "0a"]])
        self.assertEqual([word[:2] for word in found[3:5]], [["in", "0064"], ["in", "00e9"]])
        self.assertEqual(len(found[3][2]), 8)
        self.assertEqual(found[5:], [["out", "00f4", "02"]])

    def test_interrupts_and_faults(self):
        """The kernel takes timer and console interrupts, and page faults; each handler begins where a line says so."""
        path = self.directory / "trace"
        image = BUILD / "bench" / "kernel.elf"
        done = self.veil("run", "--quiet", "--append", "n=1", "--trace", f"guest:{path}", "--trace-from", 30000, "--limit",
                         45000, image)
        self.assertEqual(done.returncode, 124, done.stderr)
        text = path.read_text()
        self.assertIn(" fault 0e\n", text)
        self.assertIn(" interrupt 20\n", text)
        delivered = re.findall(r"^(\d+) (\S+) (?:interrupt|fault) (\S+)\n(\d+) (\S+) ", text, re.M)
        handlers = {}
        for number, eip, vector, next_number, handler in delivered:
            self.assertEqual(number, next_number)
            self.assertNotEqual(eip, handler)
            handlers.setdefault(vector, set()).add(handler)
        self.assertTrue(all(len(places) == 1 for places in handlers.values()), handlers)

    def test_several_kinds_in_one_file(self):
        text, = self.traces(LOOP, "commit,trap,device")
        self.assertEqual({line.split()[0] for line in text.splitlines()}, {"commit", "trap", "device"})

    def test_windows(self):
        whole, = self.traces(LOOP, "commit")
        part, = self.traces(LOOP, "commit", options=("--trace-from", 3, "--trace-to", 9))
        self.assertEqual(part.splitlines(), whole.splitlines()[3:9])
        late, = self.traces(LOOP, "commit", options=("--trace-from", 150))
        self.assertEqual(late.splitlines(), [line for line in whole.splitlines() if int(line.split()[0]) >= 150])
        native, = self.traces(LOOP, "native", options=("--trace-from", "c1000", "--trace-to", "c1010"))
        self.assertEqual([int(line.split()[0]) for line in native.splitlines()], list(range(1000, 1010)))

    def test_pipeline_of_a_window(self):
        for config in ("w1", "w2", "w4"):
            stats = self.directory / "stats.json"
            self.run_guest(LOOP, "--engine", "rtl", "--config", config, "--stats", stats)
            end = json.loads(stats.read_text())["native"]["cycles"]  # translating is over, the way out is there
            options = ("--engine", "rtl", "--config", config, "--trace-from", f"c{end - 12000}", "--trace-to", f"c{end - 4000}")
            native, trap, _ = self.traces(LOOP, "native", "trap", "pipeline", options=options)
            groups = konata.read(self.directory / "trace2")
            traps = {int(line.split()[0]) for line in trap.splitlines()}
            lines = [line.split() for line in native.splitlines()]
            retired = [int(line[1], 16) for line in lines if int(line[0]) not in traps]
            self.assertGreater(len(retired), 1000)
            self.assertEqual([group.pc() for group in groups if not group.flushed], retired)
            self.assertGreater(sum(group.flushed for group in groups), 0)
            causes = {cause for group in groups for cause, _, _ in group.stalls}
            self.assertLessEqual(causes, {"load", "hazard", "dcache", "store", "system"})
            self.assertIn("dcache", causes)

    def test_pipeline_of_a_whole_run(self):
        stats, path = self.directory / "stats.json", self.directory / "pipeline"
        done = self.run_guest(exit_with(0), "--engine", "rtl", "--stats", stats, "--trace", f"pipeline:{path}")
        self.assertEqual((done.returncode, done.stderr), (1, b""))
        numbers = json.loads(stats.read_text())
        groups = konata.read(path)
        self.assertEqual(sum(not group.flushed for group in groups), numbers["native"]["groups"])
        self.assertLessEqual(max(group.end for group in groups), numbers["native"]["cycles"])

    def test_the_checker_notices(self):
        good = ["Kanata\t0004", "C=\t5", "I\t0\t7\t0", "L\t0\t0\t00001000: nop", "S\t0\t0\tF"]
        for i, stage in enumerate(konata.STAGES[1:]):
            good += ["C\t1", f"S\t0\t0\t{stage}"]
        good += ["C\t1", "E\t0\t0\tW", "R\t0\t0\t0", ""]
        path = self.directory / "konata"
        path.write_text("\n".join(good))
        self.assertEqual(konata.read(path)[0].retired, 0)
        for wrong in (good[:5] + good[7:], good[:2] + ["I\t1\t7\t0"] + good[3:], good[:-2] + ["R\t0\t1\t0", ""],
                      good[:-2] + [""], good[:1] + good[2:], good[:5] + ["C\t0"] + good[6:]):
            path.write_text("\n".join(wrong))
            with self.assertRaises(AssertionError):
                konata.read(path)

    def test_wrong_requests(self):
        image = self.image(exit_with(0))
        for options, part in [(["--trace", "guest,nothing:x"], "nothing"), (["--trace", "pipeline,trap:x"], "of its own"),
                              (["--trace", "pipeline:x"], "--engine rtl"), (["--trace-from", "x5"], "--trace-from"),
                              (["--trace-to", "c"], "--trace-to"), (["--trace", ":x"], "trace")]:
            self.assert_complaint(self.veil("run", *options, image), USAGE, part)


if __name__ == "__main__":
    main()
