# Validates a bill of materials with the schema of CycloneDX 1.6, and writes every
# package URL again with the library of their specification.
import json, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

text = open(sys.argv[1], encoding="utf-8").read()
validator = JsonStrictValidator(SchemaVersion.V1_6)
error = validator.validate_str(text)
print("valid" if error is None else error)
bom = json.loads(text)
for component in bom["components"]:
    if "purl" in component:
        again = PackageURL.from_string(component["purl"]).to_string()
        if again != component["purl"]:
            print("package URL", component["purl"], "is", again)
bom["serialNumber"] = "none"
print("refused" if validator.validate_str(json.dumps(bom)) is not None else "anything is valid")
