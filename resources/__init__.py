"""The files that come with the programs, read through `importlib.resources.files("resources")`.

`icons/`: SVG pictures of 16 x 16 in which `#000` is the ink and `#fff` the paper; the window puts its own two colours
in their place, so that one file serves light, dark and every state. In the `tray_*` icons `#fff` is the colour of the
sign beside the nut, and what looks cut out is cut out. `sample_vault/`: the files of a small shop, for the demo.
"""
