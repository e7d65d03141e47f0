"""Simulated events again and again, each time some days later and under other names, for programs that hold a load: no two are the same."""
import re
from datetime import date, timedelta

SHIFT_DAYS = 3
FEWEST = 10  # lines of a piece


class SimulatedDays:
    """The lines of a file in pieces, each of which can be made anew for the n-th time round."""

    def __init__(self, path, piece_bytes):
        self.pieces, self.moved, self.back = [], {}, 0
        day_of = re.compile(rb'"time":"(20\d\d-\d\d-\d\d)T')
        with open(path, "rb") as file:
            first = date.fromisoformat(day_of.search(file.readline())[1].decode())
            file.seek(0)
            self.first, last = first, str(first + timedelta(days=SHIFT_DAYS - 1)).encode()
            while lines := file.readlines(piece_bytes):
                lines = [line for line in lines if day_of.search(line)[1] <= last]
                if len(lines) < FEWEST:
                    continue  # of the days that are left out
                # Days stand between quotes and T: text and days in turn.
                self.pieces.append((re.split(rb'(?<=")(20\d\d-\d\d-\d\d)(?=T)', b"".join(lines)), len(lines)))
        self.events = sum(lines for _, lines in self.pieces)

    def end_today(self, events):
        """The last of so many events will be of yesterday."""
        turns = events // self.events + 1
        self.back = (date.today() - self.first).days - SHIFT_DAYS * (turns + 1)
        self.moved = {}

    def move(self, turn, day):
        if (turn, day) not in self.moved:
            self.moved[turn, day] = str(date.fromisoformat(day.decode()) + timedelta(days=SHIFT_DAYS * turn + self.back)).encode()
        return self.moved[turn, day]

    def make(self, number):
        """The number-th piece: its bytes and the number of its lines."""
        turn, at = divmod(number, len(self.pieces))
        parts, lines = self.pieces[at]
        moved = list(parts)
        moved[1::2] = [self.move(turn, day) for day in parts[1::2]]
        return b"".join(moved).replace(b'"id":"', b'"id":"t%d-' % turn), lines
