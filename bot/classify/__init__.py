"""Is it a complaint about too little capacity, of what kind, and is it about us?"""
