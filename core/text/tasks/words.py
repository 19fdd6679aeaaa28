"""Which English words do several tasks share? Everyday nouns with a regular plural, so that rules hold for all."""

from __future__ import annotations

WORDS = (
    "anchor", "apple", "arrow", "badge", "baker", "barn", "basket", "beach", "bell", "bench", "berry", "bird", "boat",
    "bottle", "bowl", "box", "branch", "bread", "brick", "bridge", "broom", "brush", "bucket", "bush", "button",
    "cabin", "cactus", "cake", "camel", "camp", "candle", "canoe", "canvas", "card", "carpet", "carrot", "cart",
    "castle", "cat", "chain", "chair", "cherry", "church", "circle", "circus", "clock", "cloud", "coach", "coat",
    "coin", "corner", "corridor", "cottage", "cousin", "cradle", "crown", "cup", "curtain", "dancer", "desert",
    "dish", "doctor", "dog", "door", "dragon", "drawer", "dress", "driver", "drum", "eagle", "engine", "fairy",
    "farmer", "feather", "fence", "fiddle", "field", "finger", "flag", "flower", "folder", "forest", "fork",
    "fountain", "fox", "gallery", "garden", "gate", "giant", "glass", "glove", "grape", "guitar", "hammer", "hand",
    "harbor", "hat", "hedge", "helmet", "hill", "horn", "horse", "hotel", "house", "island", "jacket", "jar", "jewel",
    "kettle", "key", "king", "kitchen", "kite", "ladder", "lake", "lamp", "lantern", "lemon", "letter", "library",
    "lily", "lion", "lock", "magnet", "mango", "map", "market", "meadow", "mill", "mirror", "mitten", "monkey",
    "moon", "morning", "mountain", "nail", "napkin", "needle", "nest", "net", "notebook", "oak", "ocean", "onion",
    "orange", "oven", "owl", "palace", "paper", "parrot", "peach", "pearl", "pebble", "pen", "pencil", "pepper",
    "petal", "piano", "picture", "pillow", "pine", "planet", "plate", "pocket", "pond", "pony", "porch", "prince",
    "pupil", "puppet", "puzzle", "queen", "rabbit", "ribbon", "ring", "river", "road", "rocket", "roof", "room",
    "root", "rope", "saddle", "sail", "sailor", "sandal", "school", "shadow", "shell", "ship", "shirt", "shoe",
    "shovel", "singer", "sister", "skirt", "sock", "spider", "spoon", "squirrel", "stable", "star", "statue", "stone",
    "storm", "street", "student", "sword", "table", "tail", "teacher", "temple", "tent", "tiger", "tomb", "towel",
    "tower", "town", "train", "tree", "trumpet", "tunnel", "turtle", "uncle", "valley", "vase", "village", "violin",
    "wagon", "wall", "wallet", "watch", "whale", "wheel", "whistle", "window", "wing", "winter", "wizard",
)  # fmt: skip
