"""Reads a file of the Konata viewer (Kanata 0004) and insists on what the format and the pipeline demand."""

STAGES = ["F", "D", "R", "X", "M", "W"]


class Group:
    def __init__(self, number):
        self.number = number  # in the simulator
        self.label = ""
        self.stages = []      # (stage, cycle)
        self.open = {}        # lane -> (stage, cycle)
        self.stalls = []      # (cause, from, to)
        self.end = None
        self.retired = None   # retirement number
        self.flushed = False

    def pc(self):
        return int(self.label.split(":")[0], 16)


def fail(line, text):
    raise AssertionError(f"line {line}: {text}")


def read(path):
    """The groups in order of appearance; AssertionError where the file is wrong."""
    groups, cycle, retirements = [], None, 0
    with open(path, encoding="ascii") as file:
        lines = file.read().split("\n")
    if lines[0] != "Kanata\t0004" or lines[-1] != "":
        fail(1, "no header, or no end of the last line")
    for at, line in enumerate(lines[1:-1], 2):
        command, *fields = line.split("\t")
        if command == "C=":
            if cycle is not None:
                fail(at, "two beginnings")
            cycle = int(fields[0])
            continue
        if cycle is None:
            fail(at, "nothing may come before the first cycle")
        if command == "C":
            if int(fields[0]) <= 0:
                fail(at, "time does not advance")
            cycle += int(fields[0])
            continue
        identity = int(fields[0])
        if command == "I":
            if identity != len(groups):
                fail(at, f"{identity} is not the next group")
            groups.append(Group(int(fields[1])))
            continue
        if identity >= len(groups):
            fail(at, f"group {identity} has not begun")
        group = groups[identity]
        if group.end is not None:
            fail(at, f"group {identity} has ended")
        if command == "L":
            if fields[1] == "0":
                group.label += fields[2]
        elif command == "S":
            lane, stage = fields[1], fields[2]
            if lane == "0":
                if STAGES.index(stage) != len(group.stages):
                    fail(at, f"group {identity} enters {stage} after {group.stages}")
                if group.stages and cycle <= group.stages[-1][1]:
                    fail(at, f"group {identity} passes two stages in a cycle")
                group.stages.append((stage, cycle))
            elif lane in group.open:
                fail(at, "two stalls at once")
            group.open[lane] = (stage, cycle)
        elif command == "E":
            lane, stage = fields[1], fields[2]
            begun = group.open.pop(lane, (None, 0))
            if begun[0] != stage:
                fail(at, f"group {identity} is not in {stage}")
            if lane != "0":
                group.stalls.append((stage, begun[1], cycle))
        elif command == "R":
            if group.open:
                fail(at, f"group {identity} ends in {group.open}")
            group.end = cycle
            group.flushed = fields[2] == "1"
            if not group.flushed:
                if int(fields[1]) != retirements:
                    fail(at, f"retirement {fields[1]} is not number {retirements}")
                if len(group.stages) != len(STAGES):
                    fail(at, f"group {identity} retires without having been through all stages")
                group.retired = retirements
                retirements += 1
        else:
            fail(at, f"no such command: {command}")
    for identity, group in enumerate(groups):
        if group.end is None or not group.label:
            fail(len(lines), f"group {identity} does not end, or has no name")
    check_occupancy(groups)
    return groups


def check_occupancy(groups):
    """A stage after F holds one group at a time, and groups do not overtake each other."""
    numbers = [group.number for group in groups]
    if numbers != sorted(set(numbers)):
        raise AssertionError("groups are out of order")
    for index in range(1, len(STAGES)):
        free = 0
        for group in groups:
            if len(group.stages) <= index:
                continue
            begin = group.stages[index][1]
            end = group.stages[index + 1][1] if len(group.stages) > index + 1 else group.end
            if begin < free:
                raise AssertionError(f"two groups in {STAGES[index]} in cycle {begin}")
            free = end
