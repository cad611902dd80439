"""Every figure that README quotes, each from a module here. Not part of the installed package."""
