"""tools/bench: the figures are those of the runs, the verdicts those of the figures."""
import json
import subprocess
import sys
from pathlib import Path

from harness import BUILD, Case, limit, main

BENCH = Path(__file__).resolve().parents[3] / "tools" / "bench"


class Bench(Case):
    def bench(self, *options):
        path = self.directory / "bench.json"
        command = [sys.executable, "-B", BENCH, "--build", BUILD, "--engine", "iss", "--size", "40000", "--interpret", "4000",
                   "--iss-scale", "20", "--json", path, *options]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=limit(120))
        return done, json.loads(path.read_text()) if path.exists() else None

    def test_figures(self):
        done, found = self.bench("--config", "w4,w1", "mix", "divide")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([row["program"] for row in found["programs"]], ["mix", "divide"])
        for row in found["programs"]:
            self.assertGreater(row["guest_instructions"], 30000)
            for config in ("w4", "w1"):
                figures = row["configs"][config]
                warm = figures["warm"]
                self.assertAlmostEqual(sum(figures["shares"].values()), 1)
                # Everything is in translations by then, or nearly; and the half is a half.
                self.assertGreater(warm["run_instructions"], 0.8 * warm["guest_instructions"])
                self.assertLess(abs(warm["guest_instructions"] - row["guest_instructions"] / 2), 40)
                self.assertAlmostEqual(warm["per_cycle"], warm["run_instructions"] / warm["run_cycles"])
            self.assertGreater(row["configs"]["w4"]["warm"]["per_cycle"], row["configs"]["w1"]["warm"]["per_cycle"])
            self.assertGreater(row["interpreter"], 10)
        figures = found["figures"]
        rates = [row["configs"]["w4"]["warm"]["per_cycle"] for row in found["programs"]]
        self.assertAlmostEqual(figures["w4"] ** 2, rates[0] * rates[1])
        self.assertIn("mix", done.stdout)
        self.assertIn("z486", done.stdout)
        self.assertAlmostEqual(found["cycles_per_instruction"]["cores"]["z486"], 2.53, delta=0.01)

    def test_verdicts(self):
        done, found = self.bench("--check", "hash")
        missed = [key for key, bound in found["targets"].items() if key in found["figures"] and
                  (found["figures"][key] > bound if key in ("interpreter", "translator") else found["figures"][key] < bound)]
        self.assertEqual(done.stdout.count("MISSED"), len(missed))
        self.assertEqual(done.returncode, 1 if missed else 0)

    def test_what_cannot_be(self):
        done, found = self.bench("nonsense")
        self.assertEqual((done.returncode, found), (2, None))
        self.assertIn("there are:", done.stderr)


if __name__ == "__main__":
    main()
