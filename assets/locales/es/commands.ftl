# commands
trouble-internal = Algo ha fallado dentro de crewmesh: { $what }
