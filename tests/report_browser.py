#!/usr/bin/env python3
"""report.html in a real browser: both languages come up, charts are drawn, nothing of the stream becomes markup."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

BINARY = sys.argv[1]
CHROMIUM = shutil.which("chromium")
if not CHROMIUM:
    print("skipped: chromium is not installed")
    sys.exit(77)
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    hostile = "<img src=x onerror=\"document.title='owned'\"></script><script>document.title='owned'</script>"
    lines = [{"specversion": "1.0", "id": f"h{i}", "source": "/platforms/alpha", "type": "live.chat.posted", "time": f"2026-06-01T10:00:{i:02}+08:00",
              "data": {"room": hostile, "account": hostile, "text": hostile}} for i in range(20)]
    (folder / "hostile.ndjson").write_text("\n".join(map(json.dumps, lines)))
    events = subprocess.run([BINARY, "simulate", "--scenario", "scenarios/demo.yaml", "--seed", "3"], capture_output=True, check=True).stdout
    (folder / "demo.ndjson").write_bytes(events)
    subprocess.run([BINARY, "audit", folder / "hostile.ndjson", folder / "demo.ndjson", "--out", folder / "out"], check=True, capture_output=True)
    for language, words in {"zh": ["观众是真的吗", "销售是真的吗"], "en": ["Was the audience real?", "Were the sales real?"]}.items():
        page = subprocess.run([CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                               "--disable-component-update", "--disable-sync", f"--user-data-dir={folder}/profile", "--virtual-time-budget=5000", "--dump-dom",
                               f"file://{folder}/out/report.html#{language}"], capture_output=True, timeout=180, check=True).stdout.decode()
        body = page[page.index("</head>"):]
        body = body[:body.index('id="data"')]
        for word in words:
            assert word in body, f"{language}: no {word!r} on the page"
        assert body.count("<svg") >= 2, f"{language}: no charts"
        assert body.count("<details") > 0, f"{language}: no decision"
        assert "<img" not in body, f"{language}: hostile text became markup"
        assert "owned" not in page[:page.index("</title>")], f"{language}: hostile text ran"
print("report: both languages, charts, decisions; hostile text stayed text")
