"""How fast is the catalog at a million papers, and the core beside the models it is compared with?"""
