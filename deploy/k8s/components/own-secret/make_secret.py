"""Makes the Secret `dragoman` if there is none: it signs the speakers' tokens, and must stay what it is."""

import json
import secrets
import ssl
import sys
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(sys.argv[1] if len(sys.argv) > 1 else "/var/run/secrets/kubernetes.io/serviceaccount")
SERVER = sys.argv[2] if len(sys.argv) > 2 else "https://kubernetes.default.svc"
EXISTS = 409

url = f"{SERVER}/api/v1/namespaces/{(HERE / 'namespace').read_text()}/secrets"
secret = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "dragoman", "labels": {"app.kubernetes.io/part-of": "dragoman"}},
    "stringData": {"DRAGOMAN_SECRET": secrets.token_hex(32)},
}
headers = {"Authorization": f"Bearer {(HERE / 'token').read_text()}", "Content-Type": "application/json"}
request = urllib.request.Request(url, json.dumps(secret).encode(), headers)
try:
    urllib.request.urlopen(request, timeout=30, context=ssl.create_default_context(cafile=str(HERE / "ca.crt")))
    sys.stdout.write("the Secret is made\n")
except urllib.error.HTTPError as error:
    if error.code != EXISTS:
        raise
    sys.stdout.write("there is a Secret\n")
