"""One module per AWS service. Clients come in through constructors; importing a module makes none."""
