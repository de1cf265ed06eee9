"""Three small CSV files to write one's own by: two deals, of which one went back."""

from __future__ import annotations

import io
import zipfile

SAMPLE = {
    "stages.csv": """\
pipeline,stage,label,position,outcome,buyer_stage
new,lead,Lead,1,open,problem
new,call,First call,2,open,search
new,offer,Offer sent,3,open,select
new,won,Won,4,won,
new,lost,Lost,5,lost,
""",
    "deals.csv": """\
id,name,pipeline,owner_email,company,contact,email,amount,currency,created_at
D1,Press line,new,ana@seller.example,Halle & Sons,Bo Halle,bo@halle.example,18500.00,EUR,2026-01-05T08:00:00+01:00
D2,"Two saws, used",new,tom@seller.example,Moulin,Ida Roche,ida@moulin.example,4200.00,EUR,2026-01-12T10:20:00+01:00
""",
    "stage_moves.csv": """\
deal,stage,at
D1,lead,2026-01-05T08:00:00+01:00
D1,call,2026-01-09T14:00:00+01:00
D1,offer,2026-01-20T09:15:00+01:00
D1,call,2026-01-27T11:00:00+01:00
D2,lead,2026-01-12T10:20:00+01:00
D2,call,2026-01-14T09:30:00+01:00
""",
}


def zipped_sample() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in SAMPLE.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return written.getvalue()
