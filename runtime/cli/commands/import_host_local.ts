// `cnidaria import host-local DIR`: the leases of a node that upstream's host-local served so far.

import { importHostLocal as importFrom } from "../../../host-funcs/leases/import_host_local.ts";
import { openDatabase } from "../../../host-funcs/state/database.ts";
import { stateDir } from "../../paths.ts";
import { CommandFailure, type Output } from "../output.ts";
