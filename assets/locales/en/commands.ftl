# commands
trouble-internal = Something went wrong inside crewmesh: { $what }
