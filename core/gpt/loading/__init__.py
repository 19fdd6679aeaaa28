"""How does a model come from a folder, from the hub or from the project's own weights, and which ones are there?

`checkpoints` is the door: a folder becomes a model, and a model a folder. It reads `weight_files`, `config_files` and
`tokenizer_files`; `house` knows the models that ship, `hub` what Hugging Face has and what of it is here, `fetching`
brings it, and `registry` lists them all.
"""
