"""Every operation of the API. An address that is not in this table is answered with 404."""

from renvoi.api.operation import Operation
from renvoi.api.operations.tables.import_operations import IMPORT_OPERATIONS
from renvoi.api.operations.tables.partner_operations import PARTNER_OPERATIONS
from renvoi.api.operations.tables.routing_operations import ROUTING_OPERATIONS

OPERATIONS: tuple[Operation, ...] = (*PARTNER_OPERATIONS, *ROUTING_OPERATIONS, *IMPORT_OPERATIONS)
