# Verifies an envelope with securesystemslib, and not the changed one, and signs
# the same payload with a key of its own.
import json, sys
from cryptography.hazmat.primitives import serialization
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

envelope = Envelope.from_dict(json.load(open(sys.argv[1], encoding="utf-8")))
key = SSlibKey.from_crypto(
    serialization.load_pem_public_key(open(sys.argv[2], "rb").read()),
    keyid=next(iter(envelope.signatures)),
)
envelope.verify([key], 1)
print("verified")
changed = Envelope(envelope.payload + b" ", envelope.payload_type, envelope.signatures)
try:
    changed.verify([key], 1)
    print("verified although changed")
except VerificationError:
    print("refused")

signer = CryptoSigner.generate_ed25519()
theirs = Envelope(envelope.payload, envelope.payload_type, {})
theirs.sign(signer)
json.dump(theirs.to_dict(), open("theirs", "w", encoding="utf-8"), indent=1)
public = serialization.load_pem_public_key(signer.public_key.keyval["public"].encode()) if "BEGIN" in signer.public_key.keyval["public"] else None
if public is None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer.public_key.keyval["public"]))
open("theirs.pem", "wb").write(
    public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
)
