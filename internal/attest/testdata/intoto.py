# Reads a statement with in-toto's own package and validates it as that does.
import sys
from google.protobuf import json_format
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2

text = open(sys.argv[1], encoding="utf-8").read()
# Both readers refuse fields that the schema does not have.
statement = json_format.Parse(text, statement_pb2.Statement())
Statement.copy_from_pb(statement).validate()
provenance = json_format.Parse(json_format.MessageToJson(statement.predicate), provenance_pb2.Provenance())
assert provenance.build_definition.build_type == sys.argv[2]
for dependency in provenance.build_definition.resolved_dependencies:
    ResourceDescriptor.copy_from_pb(dependency).validate()
print("valid", statement.subject[0].name, len(statement.subject))

statement.predicate_type = ""
try:
    Statement.copy_from_pb(statement).validate()
    print("anything is valid")
except ValueError:
    print("refused")
