"""The bureau: what is stored, who may do what, and the verbs. No web, no drawing, no clock."""
